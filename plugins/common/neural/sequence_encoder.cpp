#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/gru.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/zeros.h>
#include <assay/extra/neural/hstu_encoder.h>
#include <assay/extra/neural/parameter_draw.h>
#include <assay/extra/neural/products.h>
#include <assay/extra/neural/sequence_encoder.h>

#include <cmath>
#include <optional>
#include <stdexcept>

namespace assay::extra {
namespace {

class Transformer : public SequenceEncoder {
 public:
  explicit Transformer(const EncoderSettings& settings) : settings_(settings) {}

  Parameters draw(at::Generator generator) const override {
    const int64_t d = settings_.width;
    const double deviation = settings_.initial_deviation;
    ParameterDraw out(std::move(generator));
    out.normal("positions", {settings_.length, d}, deviation);
    for (int64_t layer = 0; layer < settings_.layers; ++layer) {
      const std::string name = "layer." + std::to_string(layer) + ".";
      out.ones(name + "attention_norm.weight", d);
      out.zeros(name + "attention_norm.bias", d);
      out.normal(name + "attention.weight", {3 * d, d}, deviation);
      out.zeros(name + "attention.bias", 3 * d);
      out.normal(name + "attention_out.weight", {d, d}, deviation);
      out.zeros(name + "attention_out.bias", d);
      out.ones(name + "forward_norm.weight", d);
      out.zeros(name + "forward_norm.bias", d);
      out.normal(name + "forward.weight", {settings_.hidden, d}, deviation);
      out.zeros(name + "forward.bias", settings_.hidden);
      out.normal(name + "forward_out.weight", {d, settings_.hidden}, deviation);
      out.zeros(name + "forward_out.bias", d);
    }
    out.ones("norm.weight", d);
    out.zeros("norm.bias", d);
    if (bidirectional()) {
      out.normal("out.weight", {d, d}, deviation);
      out.zeros("out.bias", d);
      out.ones("out_norm.weight", d);
      out.zeros("out_norm.bias", d);
      out.normal("mask", {d}, deviation);
    }
    return out.take();
  }

  at::Tensor encode(const at::Tensor& rows, const SequencePlaces& places,
                    const Parameters& parameters, Dropout& dropout, bool bf16) const override {
    size_t next = 0;
    const auto take = [&] {
      const at::Tensor &weight = parameters[next].second, &bias = parameters[next + 1].second;
      next += 2;
      return Layer{weight, bias, bf16};
    };
    const at::Tensor& positions = parameters[next++].second;
    const at::Tensor& position = places.position;
    const at::Tensor place = position.clamp_min(0).flatten();
    at::Tensor x = dropout(rows + positions.index_select(0, place).view_as(rows));
    at::Tensor seen;  // bool [B, 1, 1, n]; a causal place sees no padding, which is at the end
    if (bidirectional()) seen = position.ge(0).view({rows.size(0), 1, 1, rows.size(1)});
    for (int64_t layer = 0; layer < settings_.layers; ++layer) {
      const Layer norm = take(), attention = take(), attention_out = take();
      x = x + dropout(attend(normalised(x, norm), seen, attention, attention_out));
      const Layer forward_norm = take(), forward = take(), forward_out = take();
      const at::Tensor inner = at::gelu(linear(normalised(x, forward_norm), forward));
      x = x + dropout(linear(inner, forward_out));
    }
    x = normalised(x, take());
    if (!bidirectional()) return x;
    const Layer out = take(), out_norm = take();
    return normalised(at::gelu(linear(x, out)), out_norm);
  }

 private:
  struct Layer {
    const at::Tensor& weight;
    const at::Tensor& bias;
    bool bf16;
  };
  at::Tensor normalised(const at::Tensor& x, const Layer& norm) const {
    return at::layer_norm(x, {settings_.width}, norm.weight, norm.bias);
  }
  static at::Tensor linear(const at::Tensor& x, const Layer& layer) {
    return linear_product(x, layer.weight, layer.bias, layer.bf16);
  }
  bool bidirectional() const { return settings_.kind == EncoderSettings::Kind::bidirectional; }
  at::Tensor attend(const at::Tensor& x, const at::Tensor& seen, const Layer& in,
                    const Layer& out) const {
    const int64_t batch = x.size(0), n = x.size(1), d = settings_.width, heads = settings_.heads;
    const std::vector<at::Tensor> parts =
        linear(x, in).view({batch, n, 3, heads, d / heads}).permute({2, 0, 3, 1, 4}).unbind(0);
    std::optional<at::Tensor> mask;
    if (seen.defined()) mask = seen.expand({batch, 1, n, n});
    const at::Tensor mixed = at::scaled_dot_product_attention(parts[0], parts[1], parts[2], mask,
                                                              0.0, /*is_causal=*/!seen.defined());
    return linear(mixed.transpose(1, 2).reshape({batch, n, d}), out);
  }

  EncoderSettings settings_;
};

class Gru : public SequenceEncoder {
 public:
  explicit Gru(const EncoderSettings& settings) : settings_(settings) {}

  Parameters draw(at::Generator generator) const override {
    ParameterDraw out(std::move(generator));
    const int64_t h = settings_.hidden;
    const double bound = 1 / std::sqrt(static_cast<double>(h));
    for (int64_t layer = 0; layer < settings_.layers; ++layer) {
      const std::string name = "layer." + std::to_string(layer) + ".";
      const int64_t in = layer == 0 ? settings_.width : h;
      out.uniform(name + "input.weight", {3 * h, in}, bound);
      out.uniform(name + "state.weight", {3 * h, h}, bound);
      out.uniform(name + "input.bias", {3 * h}, bound);
      out.uniform(name + "state.bias", {3 * h}, bound);
    }
    out.uniform("out.weight", {settings_.width, h}, bound);
    out.zeros("out.bias", settings_.width);
    return out.take();
  }

  // Recurrent units stay float32: their products are small and one after the other.
  at::Tensor encode(const at::Tensor& rows, const SequencePlaces&, const Parameters& parameters,
                    Dropout& dropout, bool bf16) const override {
    std::vector<at::Tensor> weights;
    for (int64_t n = 0; n < 4 * settings_.layers; ++n) weights.push_back(parameters[n].second);
    const at::Tensor first =
        at::zeros({settings_.layers, rows.size(0), settings_.hidden}, rows.options());
    const at::Tensor state = std::get<0>(
        at::gru(dropout(rows), first, weights, true, settings_.layers, 0.0, false, false, true));
    return linear_product(state, parameters[weights.size()].second,
                          parameters[weights.size() + 1].second, bf16);
  }

 private:
  EncoderSettings settings_;
};

}  // namespace

at::Tensor Dropout::operator()(const at::Tensor& values) {
  if (probability_ <= 0 || !generator_.defined()) return values;
  const at::Tensor kept = at::empty_like(values).bernoulli_(1 - probability_, generator_).detach();
  return values * kept * (1 / (1 - probability_));
}

std::unique_ptr<SequenceEncoder> make_encoder(const EncoderSettings& settings) {
  if (settings.kind == EncoderSettings::Kind::hstu) return make_hstu_encoder(settings);
  if (settings.kind == EncoderSettings::Kind::gru) return std::make_unique<Gru>(settings);
  return std::make_unique<Transformer>(settings);
}

}  // namespace assay::extra
