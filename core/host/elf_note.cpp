#include "host/elf_note.h"

#include <elf.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <span>
#include <string_view>
#include <utility>

#include "host/refused.h"
#include "text/parts.h"

namespace assay::host {

namespace {

#if defined(__x86_64__)
constexpr uint16_t kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr uint16_t kMachine = EM_AARCH64;
#else
#error "name this machine's e_machine"
#endif

constexpr std::string_view kSection = ".note.assay";
constexpr char kBuildIt[] = "name the plugin's shared library (.so)";

std::string machine_name(uint16_t machine) {
  switch (machine) {
    case EM_X86_64:
      return "x86-64";
    case EM_AARCH64:
      return "AArch64";
    case EM_386:
      return "x86 (32 bit)";
    case EM_ARM:
      return "ARM (32 bit)";
    case EM_RISCV:
      return "RISC-V";
    case EM_PPC64:
      return "PowerPC 64";
    case EM_S390:
      return "S/390";
    default:
      return fmt::format("machine {}", machine);
  }
}

/// A file that knows its size: reading beyond it is what "truncated" means.
class File {
 public:
  explicit File(const std::string& path) : path_(path) {
    struct stat found {};
    if (::stat(path.c_str(), &found) != 0) refuse_unreadable(errno);
    if (S_ISDIR(found.st_mode))
      refuse(task::ProbeCode::not_a_file, fmt::format("is a folder; {}", kBuildIt));
    if (!S_ISREG(found.st_mode))
      refuse(task::ProbeCode::not_a_file, fmt::format("is not a regular file; {}", kBuildIt));
    size_ = static_cast<uint64_t>(found.st_size);
    fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd_ < 0) refuse_unreadable(errno);
  }
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;

  uint64_t size() const { return size_; }

  [[noreturn]] void refuse(task::ProbeCode code, const std::string& message) const {
    throw PluginRefused(path_, code, message);
  }

  void must_hold(uint64_t offset, uint64_t bytes, std::string_view what) const {
    if (offset <= size_ && bytes <= size_ - offset) return;
    refuse(task::ProbeCode::truncated, fmt::format("is truncated: its {} should end at byte {}, "
                                                   "but the file has {}; build or copy it again",
                                                   what, offset + bytes, size_));
  }

  void read(uint64_t offset, std::span<std::byte> to, std::string_view what) const {
    must_hold(offset, to.size(), what);
    for (size_t done = 0; done < to.size();) {
      const ssize_t got =
          ::pread(fd_, to.data() + done, to.size() - done, static_cast<off_t>(offset + done));
      if (got <= 0) refuse_unreadable(got < 0 ? errno : EIO);
      done += static_cast<size_t>(got);
    }
  }

  template <typename T>
  T read(uint64_t offset, std::string_view what) const {
    T value;
    read(offset, std::as_writable_bytes(std::span(&value, 1)), what);
    return value;
  }

  std::vector<std::byte> read(uint64_t offset, uint64_t bytes, std::string_view what) const {
    must_hold(offset, bytes, what);
    std::vector<std::byte> to(bytes);
    read(offset, to, what);
    return to;
  }

 private:
  [[noreturn]] void refuse_unreadable(int error) const {
    if (error == ENOENT || error == ENOTDIR)
      refuse(task::ProbeCode::missing, "there is no such file");
    refuse(task::ProbeCode::unreadable, fmt::format("cannot be read ({})", std::strerror(error)));
  }

  const std::string& path_;
  uint64_t size_ = 0;
  int fd_ = -1;
};

void check_is_elf(const File& file) {
  if (file.size() == 0)
    file.refuse(task::ProbeCode::not_elf, fmt::format("is empty; {}", kBuildIt));
  std::array<char, SELFMAG> magic{};
  const size_t there = std::min<uint64_t>(file.size(), magic.size());
  file.read(0, std::as_writable_bytes(std::span(magic).first(there)), "header");
  if (std::memcmp(magic.data(), ELFMAG, SELFMAG) == 0) return;
  file.refuse(task::ProbeCode::not_elf,
              fmt::format("is no shared library (not an ELF file); {}", kBuildIt));
}

Elf64_Ehdr read_header(const File& file) {
  check_is_elf(file);
  const auto header = file.read<Elf64_Ehdr>(0, "header");
  // e_machine lies at the same place in 32-bit files, and so does the byte order.
  if (header.e_machine != kMachine || header.e_ident[EI_CLASS] != ELFCLASS64 ||
      header.e_ident[EI_DATA] != ELFDATA2LSB)
    file.refuse(task::ProbeCode::other_architecture,
                fmt::format("is built for {}, but this machine is {}; build it here",
                            machine_name(header.e_machine), machine_name(kMachine)));
  if (header.e_type != ET_DYN)
    file.refuse(task::ProbeCode::not_shared,
                fmt::format("is {}, not a shared library; {}",
                            header.e_type == ET_REL ? "an object file" : "a program", kBuildIt));
  return header;
}

/// The linker writes the section table last, so that a file cut anywhere lacks some of it.
std::vector<Elf64_Shdr> read_sections(const File& file, const Elf64_Ehdr& header) {
  if (header.e_shoff == 0 || header.e_shnum == 0) return {};
  std::vector<Elf64_Shdr> sections(header.e_shnum);
  file.read(header.e_shoff, std::as_writable_bytes(std::span(sections)), "section table");
  for (const Elf64_Shdr& section : sections)
    if (section.sh_type != SHT_NOBITS)
      file.must_hold(section.sh_offset, section.sh_size, "last section");
  return sections;
}

void check_segments(const File& file, const Elf64_Ehdr& header) {
  std::vector<Elf64_Phdr> segments(header.e_phnum);
  file.read(header.e_phoff, std::as_writable_bytes(std::span(segments)), "program header");
  for (const Elf64_Phdr& segment : segments)
    file.must_hold(segment.p_offset, segment.p_filesz, "last segment");
}

std::string_view name_at(std::span<const std::byte> names, uint32_t offset) {
  if (offset >= names.size()) return {};
  const char* const text = reinterpret_cast<const char*>(names.data()) + offset;
  return {text, ::strnlen(text, names.size() - offset)};
}

/// An entry of the dynamic section whose value is a text.
struct DynamicText {
  int64_t tag;
  std::string text;
};

std::vector<DynamicText> read_dynamic_texts(const std::string& path) {
  const File file(path);
  const std::vector<Elf64_Shdr> sections = read_sections(file, read_header(file));
  std::vector<DynamicText> texts;
  for (const Elf64_Shdr& section : sections) {
    if (section.sh_type != SHT_DYNAMIC || section.sh_link >= sections.size()) continue;
    const Elf64_Shdr& strings = sections[section.sh_link];
    const auto names = file.read(strings.sh_offset, strings.sh_size, "names of libraries");
    std::vector<Elf64_Dyn> entries(section.sh_size / sizeof(Elf64_Dyn));
    file.read(section.sh_offset, std::as_writable_bytes(std::span(entries)), "dynamic section");
    for (const Elf64_Dyn& entry : entries)
      if (entry.d_tag == DT_NEEDED || entry.d_tag == DT_RUNPATH || entry.d_tag == DT_RPATH)
        texts.push_back(
            {entry.d_tag, std::string(name_at(names, static_cast<uint32_t>(entry.d_un.d_val)))});
  }
  return texts;
}

/// A folder of a search path of the library `path`.
std::string search_folder(const std::string& folder, const std::string& path) {
  const std::filesystem::path own = std::filesystem::absolute(path).parent_path();
  for (const std::string_view origin : {"$ORIGIN", "${ORIGIN}"})
    if (folder.starts_with(origin))
      return std::filesystem::path(own.string() + folder.substr(origin.size())).lexically_normal();
  return folder;
}

}  // namespace

std::vector<std::string> read_search_path(const std::string& path) {
  for (const DynamicText& entry : read_dynamic_texts(path)) {
    if (entry.tag == DT_NEEDED) continue;
    std::vector<std::string> folders = text::parts_of(entry.text, ":");
    for (std::string& folder : folders) folder = search_folder(folder, path);
    return folders;
  }
  return {};
}

std::vector<std::string> read_needed(const std::string& path) {
  std::vector<std::string> needed;
  for (DynamicText& entry : read_dynamic_texts(path))
    if (entry.tag == DT_NEEDED) needed.push_back(std::move(entry.text));
  return needed;
}

std::vector<std::byte> read_assay_note(const std::string& path) {
  const File file(path);
  const Elf64_Ehdr header = read_header(file);
  check_segments(file, header);
  const std::vector<Elf64_Shdr> sections = read_sections(file, header);
  if (header.e_shstrndx < sections.size()) {
    const Elf64_Shdr& strings = sections[header.e_shstrndx];
    const auto names = file.read(strings.sh_offset, strings.sh_size, "names of sections");
    for (const Elf64_Shdr& section : sections)
      if (name_at(names, section.sh_name) == kSection)
        return file.read(section.sh_offset, section.sh_size, "note");
  }
  file.refuse(
      task::ProbeCode::no_note,
      fmt::format("is a shared library, but no plugin: it has no note {}; does its source end with "
                  "ASSAY_PLUGINS(...)?",
                  kSection));
}

}  // namespace assay::host
