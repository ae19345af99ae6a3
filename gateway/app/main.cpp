#include <iostream>
#include <string>
#include <vector>

#include "gateway/app/cli/cli.h"
#include "gateway/net/openssl_memory.h"

int main(int argc, char** argv) {
    gateway::give_openssl_page_blocks();
    std::ios::sync_with_stdio(false);
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    gateway::Terminal terminal{std::cin, std::cout, std::cerr};
    return static_cast<int>(gateway::run_cli(arguments, terminal));
}
