# Read by CMake right after the project() of llama-cpp-python: what of llama.cpp is built, and what is not.
# Normal variables hide the cache variables that the package forces (CMP0126), so nothing needs a patch.

set(GGML_NATIVE ON)            # use every instruction of this machine; the wheel's cache key names them
set(GGML_OPENMP OFF)           # llama.cpp's own threads are as fast here and need no library
set(LLAVA_BUILD OFF)           # no images
set(LLAMA_BUILD_COMMON OFF)    # the tools' library (chat templates, web client): a third of the compile time
set(LLAMA_BUILD_TOOLS OFF)
set(LLAMA_BUILD_SERVER OFF)
set(LLAMA_BUILD_EXAMPLES OFF)
set(LLAMA_BUILD_TESTS OFF)
set(LLAMA_CURL OFF)            # nothing is downloaded
set(LLAMA_OPENSSL OFF)
