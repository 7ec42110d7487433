#include "door/imports.h"

#include <cstddef>
#include <cstring>
#include <string>

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

namespace thicket::door {
namespace {

// The tables of a loaded library that name its imports. The linker has made their addresses
// absolute.
struct Tables {
  const ElfW(Sym) * symbols = nullptr;
  const char* names = nullptr;
  const ElfW(Rela) * calls = nullptr;
  std::size_t call_bytes = 0;
  const ElfW(Rela) * data = nullptr;
  std::size_t data_bytes = 0;
};

// NOLINTBEGIN(performance-no-int-to-ptr): the linker hands addresses out as integers.
Tables TablesOf(const link_map& library) {
  Tables tables;
  for (const ElfW(Dyn)* entry = library.l_ld; entry->d_tag != DT_NULL; ++entry) {
    const auto address = entry->d_un.d_ptr;
    switch (entry->d_tag) {
      case DT_SYMTAB:
        tables.symbols = reinterpret_cast<const ElfW(Sym)*>(address);
        break;
      case DT_STRTAB:
        tables.names = reinterpret_cast<const char*>(address);
        break;
      case DT_JMPREL:
        tables.calls = reinterpret_cast<const ElfW(Rela)*>(address);
        break;
      case DT_PLTRELSZ:
        tables.call_bytes = entry->d_un.d_val;
        break;
      case DT_RELA:
        tables.data = reinterpret_cast<const ElfW(Rela)*>(address);
        break;
      case DT_RELASZ:
        tables.data_bytes = entry->d_un.d_val;
        break;
      default:
        break;
    }
  }
  return tables;
}

// The entry may stand on a page that was made read-only when the library had been loaded.
bool Write(ElfW(Addr) place, void* replacement) {
  const auto page_bytes = static_cast<ElfW(Addr)>(::sysconf(_SC_PAGESIZE));
  void* page = reinterpret_cast<void*>(place & ~(page_bytes - 1));
  if (::mprotect(page, page_bytes, PROT_READ | PROT_WRITE) != 0) return false;
  __atomic_store_n(reinterpret_cast<void**>(place), replacement, __ATOMIC_RELEASE);
  return true;
}
// NOLINTEND(performance-no-int-to-ptr)

struct Import {
  const char* symbol;
  void* replacement;
};

bool ReplaceIn(const ElfW(Rela) * entries, std::size_t bytes, const Tables& tables, ElfW(Addr) base,
               const Import& import) {
  bool replaced = false;
  if (entries == nullptr) return false;
  for (std::size_t at = 0; at < bytes / sizeof(ElfW(Rela)); ++at) {
    const ElfW(Rela) & entry = entries[at];
    const auto type = ELF64_R_TYPE(entry.r_info);
    if (type != R_X86_64_JUMP_SLOT && type != R_X86_64_GLOB_DAT) continue;
    const ElfW(Sym) & symbol = tables.symbols[ELF64_R_SYM(entry.r_info)];
    if (std::strcmp(tables.names + symbol.st_name, import.symbol) != 0) continue;
    replaced = Write(base + entry.r_offset, import.replacement) || replaced;
  }
  return replaced;
}

}  // namespace

bool ReplaceImport(const std::string& file, const char* symbol, void* replacement) {
  void* handle = ::dlopen(file.c_str(), RTLD_LAZY | RTLD_NOLOAD);
  if (handle == nullptr) return false;
  link_map* library = nullptr;
  if (::dlinfo(handle, RTLD_DI_LINKMAP, static_cast<void*>(&library)) != 0) return false;
  const Tables tables = TablesOf(*library);
  const Import import{symbol, replacement};
  const bool called = ReplaceIn(tables.calls, tables.call_bytes, tables, library->l_addr, import);
  return ReplaceIn(tables.data, tables.data_bytes, tables, library->l_addr, import) || called;
}

}  // namespace thicket::door
