// SPDX-License-Identifier: MIT
// A class with constructors, private members or bases lists its fields once.
#include "notch.hpp"

#include <cstdio>

class Counted {
protected:
    std::uint64_t number_ = 1;
};

class Transfer : private Counted {
public:
    explicit Transfer(std::string peer) : peer_{std::move(peer)} {}
    void add(std::uint64_t bytes) {
        bytes_ += bytes;
        ++number_;
    }

    NOTCH_FIELDS(peer_, bytes_, number_)
    static constexpr auto notch_options() {
        return notch::options(notch::field("peer_", notch::rename("peer")),
                              notch::field("bytes_", notch::rename("bytes")),
                              notch::field("number_", notch::rename("packets")));
    }

private:
    std::string peer_;
    std::uint64_t bytes_ = 0;
};

int main() {
    Transfer transfer{"10.0.0.7"};
    transfer.add(1500);
    transfer.add(40);
    std::puts(notch::to_line(transfer, [] { return std::int64_t{1'795'190'400'123'456}; }).c_str());
}
