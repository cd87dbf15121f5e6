#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/silu.h>
#include <assay/extra/neural/hstu_encoder.h>
#include <assay/extra/neural/parameter_draw.h>
#include <assay/extra/neural/products.h>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

namespace assay::extra {
namespace {

constexpr double kBucketWidth = 0.301;  // of the natural logarithm of seconds

class Hstu : public SequenceEncoder {
 public:
  explicit Hstu(const EncoderSettings& settings) : settings_(settings) {}

  Parameters draw(at::Generator generator) const override {
    const int64_t d = settings_.width;
    const double deviation = settings_.initial_deviation;
    ParameterDraw out(std::move(generator));
    out.normal("positions", {settings_.length, d}, deviation);
    for (int64_t layer = 0; layer < settings_.layers; ++layer) {
      const std::string name = "layer." + std::to_string(layer) + ".";
      out.normal(name + "in.weight", {4 * d, d}, deviation);
      out.normal(name + "distance", {settings_.length}, deviation);
      if (timed()) out.normal(name + "time", {settings_.time_buckets}, deviation);
      out.uniform(name + "out.weight", {d, d}, std::sqrt(3.0 / static_cast<double>(d)));
      out.zeros(name + "out.bias", d);
    }
    out.ones("norm.weight", d);
    out.zeros("norm.bias", d);
    return out.take();
  }

  at::Tensor encode(const at::Tensor& rows, const SequencePlaces& places,
                    const Parameters& parameters, Dropout& dropout, bool bf16) const override {
    size_t next = 0;
    const auto take = [&]() -> const at::Tensor& { return parameters[next++].second; };
    const int64_t n = rows.size(1);
    const at::Tensor position = take().index_select(0, places.position.clamp_min(0).flatten());
    const double scale = std::sqrt(static_cast<double>(settings_.width));
    at::Tensor x = dropout(rows * scale + position.view_as(rows));
    const at::Tensor place = at::arange(n, places.position.options());
    const at::Tensor distance = place.unsqueeze(1) - place.unsqueeze(0);
    const at::Tensor seen =
        distance.ge(0).to(rows.scalar_type()) / static_cast<double>(settings_.length);
    const at::Tensor bucket = timed() ? buckets(places.time) : at::Tensor();
    for (int64_t layer = 0; layer < settings_.layers; ++layer) {
      const at::Tensor mixed = at::silu(linear_product(normalised(x), take(), {}, bf16));
      at::Tensor bias = take().index_select(0, distance.clamp_min(0).flatten()).view({1, 1, n, n});
      if (timed()) bias = bias + take().index_select(0, bucket.flatten()).view({-1, 1, n, n});
      const at::Tensor gated = normalised(attended(mixed, bias, seen)) * gate(mixed);
      const at::Tensor& weight = take();
      x = x + linear_product(dropout(gated), weight, take(), bf16);
    }
    const at::Tensor& weight = take();
    return at::layer_norm(x, {settings_.width}, weight, take());
  }

 private:
  bool timed() const { return settings_.time_buckets > 0; }
  at::Tensor normalised(const at::Tensor& x) const { return at::layer_norm(x, {settings_.width}); }
  at::Tensor gate(const at::Tensor& mixed) const { return mixed.narrow(2, 0, settings_.width); }

  // int64 [B, n, n]
  at::Tensor buckets(const at::Tensor& time) const {
    const at::Tensor seconds =
        (time.unsqueeze(2) - time.unsqueeze(1)).abs().to(at::kDouble).mul(1e-6).clamp_min(1);
    return seconds.log().div(kBucketWidth).to(at::kLong).clamp_max(settings_.time_buckets - 1);
  }

  // float32 [B, n, D]
  at::Tensor attended(const at::Tensor& mixed, const at::Tensor& bias,
                      const at::Tensor& seen) const {
    const int64_t batch = mixed.size(0), n = mixed.size(1), d = settings_.width;
    const std::vector<at::Tensor> parts = mixed.narrow(2, d, 3 * d)
                                              .view({batch, n, 3, settings_.heads, -1})
                                              .permute({2, 0, 3, 1, 4})
                                              .unbind(0);  // V, Q, K
    const at::Tensor scores = parts[1].matmul(parts[2].transpose(2, 3)) + bias;
    const at::Tensor mean = (at::silu(scores) * seen).matmul(parts[0]);
    return mean.transpose(1, 2).reshape({batch, n, d});
  }

  EncoderSettings settings_;
};

}  // namespace

std::unique_ptr<SequenceEncoder> make_hstu_encoder(const EncoderSettings& settings) {
  return std::make_unique<Hstu>(settings);
}

}  // namespace assay::extra
