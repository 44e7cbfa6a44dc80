// SPDX-License-Identifier: MIT
// Documents for and against the grammar of RFC 8259.
#ifndef NOTCH_TESTS_JSON_CORPUS_HPP
#define NOTCH_TESTS_JSON_CORPUS_HPP

#include <string_view>

namespace test {

using namespace std::string_view_literals;

inline constexpr std::string_view valid_documents[] = {
    // values by themselves, and white space
    "null"sv, "true"sv, "false"sv, "0"sv, "-0"sv, "42"sv, "\"\""sv, "\"a\""sv, "[]"sv, "{}"sv,
    " null "sv, "\t1\n"sv, "\r\n[]\r\n"sv, " \t\r\n{ } "sv, "[\n]"sv, "{\t}"sv, "[ 1 , 2 ]"sv, "{ \"a\" : 1 , \"b\" : 2 }"sv, "[1]\n\n"sv,

    // arrays and objects
    "[1]"sv, "[1,2,3]"sv, "[[]]"sv, "[[],[]]"sv, "[[[[[[[[]]]]]]]]"sv, "[null,true,false]"sv, "[\"a\",1,{},[]]"sv, "[{}]"sv, "[{},{}]"sv,
    "{\"a\":1}"sv, "{\"\":0}"sv, "{\"a\":{}}"sv, "{\"a\":{\"a\":{\"a\":null}}}"sv, "{\"a\":[1,{\"b\":[]}],\"c\":\"d\"}"sv,
    "{\"a\":1,\"a\":2}"sv, "{\"a\":1,\"a\":1}"sv, "{\"\":1,\"\":2}"sv, "{\"a\":null,\"b\":true,\"c\":false,\"d\":0.5}"sv,
    "{\"long key with spaces and ,:{}[] inside\":[]}"sv, "{\"min\":-1.0e+28,\"max\":1.0e+28}"sv, "[[1,2],[3,4]]"sv,

    // numbers
    "[0]"sv, "[-0]"sv, "[-1]"sv, "[9]"sv, "[10]"sv, "[1234567890]"sv, "[0.0]"sv, "[-0.0]"sv, "[0.1]"sv, "[1.5]"sv, "[-1.5]"sv, "[123.456]"sv,
    "[1e1]"sv, "[1E1]"sv, "[1e+1]"sv, "[1e-1]"sv, "[1E+2]"sv, "[1E-2]"sv, "[0e0]"sv, "[0e+1]"sv, "[-0e-1]"sv, "[1.5e2]"sv, "[1.25E-3]"sv,
    "[2]"sv, "[3]"sv, "[4]"sv, "[5]"sv, "[6]"sv, "[7]"sv, "[8]"sv, "[-2]"sv, "[5.6]"sv, "[7e8]"sv, "[1e01]"sv, "[1e00]"sv, "[1.000000000000000000000000]"sv, "[100000000000000000000]"sv, "[-9223372036854775808]"sv,
    "[18446744073709551615]"sv, "[1.7976931348623157e308]"sv, "[4.9406564584124654e-324]"sv, "[1e-400]"sv, "[-1e-99999]"sv,
    "[0.000000000000000000000000000000000000000000000000000000000000000000000001]"sv, "[123e45]"sv, "[0e99999]"sv,

    // strings
    "\" \""sv, "\"abc\""sv, "\"\\\"\""sv, "\"\\\\\""sv, "\"\\/\""sv, "\"/\""sv, "\"\\b\\f\\n\\r\\t\""sv, "\"\\u0041\""sv, "\"\\u00e9\""sv, "\"\\u20AC\""sv,
    "\"\\uABCD\\uabcd\""sv, "\"\\uEF01\\uef98\\u7654\\u3210\""sv, "\"\\u0000\""sv, "\"a\\u0000b\""sv, "\"\\ud834\\udd1e\""sv, "\"\\uD834\\uDD1E\""sv, "\"\\udbff\\udfff\""sv, "\"\\ud800\\udc00\""sv,
    "\"\\ufffe\\uffff\""sv, "\"\\ufdd0\""sv, "\"\\u200b\\u2028\\u2029\""sv, "\"\\\\u0000\""sv, "\"\\\\\\\\\""sv, "\"\\\\\\\"\""sv, "\"'\""sv, "\"\x7f\""sv,
    "\"{[:,]}\""sv, "\"// no comment\""sv, "\"/* none */\""sv, "\"\xc3\xa9\""sv, "\"\xe2\x82\xac\""sv, "\"\xf0\x9d\x84\x9e\""sv, "\"\xc2\x80\""sv,
    "\"\xdf\xbf\""sv, "\"\xe0\xa0\x80\""sv, "\"\xed\x9f\xbf\""sv, "\"\xee\x80\x80\""sv, "\"\xef\xbf\xbf\""sv, "\"\xf0\x90\x80\x80\""sv, "\"\xf4\x8f\xbf\xbf\""sv,
    "\"\xe2\x80\xa8\xe2\x80\xa9\""sv, "\"\xef\xbb\xbf\""sv, "\"mixed \\u00e9 and \xc3\xa9 and \\n, long enough for more than one block\""sv,
    "\"0123456789abcdef\""sv, "\"0123456789abcde\""sv, "\"0123456789abcdefg\""sv, "\"0123456789abcd\\n\""sv, "\"0123456789abcdef0123456789abcde\\\\\""sv,
    "{\"\\u0061\":1}"sv, "{\"\\ud834\\udd1e\":1}"sv, "{\"\xc3\xa9\":1}"sv, "{\"a\\nb\":1}"sv, "{\"\\u0000\":1}"sv, "{\"a\\u0000b\":1,\"a\":2}"sv,
};

inline constexpr std::string_view invalid_documents[] = {
    // nothing, or not quite something
    ""sv, " "sv, "\n"sv, "\t\r\n "sv, ","sv, ":"sv, "]"sv, "}"sv, "["sv, "{"sv, "\""sv, "-"sv, "."sv, "+"sv, "\\"sv, "'"sv, "a"sv, "*"sv, "#"sv, "/"sv,
    "()"sv, "<null>"sv, "<.>"sv, "\\u0031"sv, "&"sv, "@"sv, "%"sv, "$"sv, ";"sv, "~"sv, "^"sv, "|"sv, "!"sv, "?"sv, "`1`"sv,

    // words
    "nul"sv, "nulll"sv, "Null"sv, "NULL"sv, "nil"sv, "None"sv, "tru"sv, "truee"sv, "True"sv, "TRUE"sv, "fals"sv, "falsey"sv, "False"sv, "FALSE"sv, "undefined"sv,
    "n"sv, "t"sv, "f"sv, "nan"sv, "NaN"sv, "-NaN"sv, "Infinity"sv, "-Infinity"sv, "+Infinity"sv, "inf"sv, "-inf"sv, "[nul]"sv, "[tru]"sv, "[fals]"sv, "[NaN]"sv,
    "[Infinity]"sv, "[-Infinity]"sv, "[inf]"sv, "[nan]"sv, "true false"sv, "[true false]"sv, "nulltrue"sv, "[a]"sv, "[abc]"sv,

    // arrays
    "[1"sv, "[1,"sv, "[1,2"sv, "[,"sv, "[,]"sv, "[,1]"sv, "[1,]"sv, "[1,,]"sv, "[1,,2]"sv, "[1,2,]"sv, "[1 2]"sv, "[1;2]"sv, "[1:2]"sv, "[1]]"sv, "[1],"sv, "[1],1"sv,
    "[][]"sv, "[]{}"sv, "[] 1"sv, "]["sv, "[[]"sv, "[]]"sv, "[[[1]]"sv, "[}"sv, "[1}"sv, "[{]"sv, "[{}"sv, "[{},"sv, "[\"a\""sv, "[\"a\","sv, "[\"a\" \"b\"]"sv,
    "[\"a\":1]"sv, "[3[4]]"sv, "[1,[2]"sv, "[null"sv, "[*]"sv, "[<null>]"sv, "[\n4,\n5,"sv, "[1\f]"sv, "[1\v]"sv, "[1,\xa0]"sv, "[\xe2\x81\xa0]"sv, "[\xc2\xa0]"sv,
    "[1]x"sv, "[1]#"sv, "[\"x\"]]"sv, "[1]\f"sv, "\f[]"sv, "\v1"sv, "\xc2\xa0[]"sv, "(1)"sv, "[1)"sv,

    // objects
    "{\"a\""sv, "{\"a\":"sv, "{\"a\":1"sv, "{\"a\":1,"sv, "{\"a\":1,}"sv, "{\"a\":1,,}"sv, "{\"a\":1,,\"b\":2}"sv, "{,\"a\":1}"sv, "{,}"sv, "{\"a\"}"sv, "{\"a\",}"sv,
    "{\"a\" 1}"sv, "{\"a\",1}"sv, "{\"a\"=1}"sv, "{\"a\"::1}"sv, "{\"a\":}"sv, "{\"a\":,}"sv, "{:1}"sv, "{1}"sv, "{1:1}"sv, "{a:1}"sv, "{a\":1}"sv, "{1\":1}"sv, "{ \"a\":1,b\":1}"sv, "{'a':1}"sv, "{null:1}"sv, "{true:1}"sv,
    "{[]:1}"sv, "{{}:1}"sv, "{\"a\":1]"sv, "{]"sv, "{\"a\":1 \"b\":2}"sv, "{\"a\":1;\"b\":2}"sv, "{\"a\":1 2}"sv, "{\"a\":1}}"sv, "{\"a\":1}1"sv, "{\"a\":1}#"sv, "{}}"sv, "{}{}"sv,
    "{\"a\":\"b"sv, "{\"a\":\"b\",c:1}"sv, "{\"a\":\"b\"}/**/"sv, "{\"a\":\"b\"}//"sv, "{/**/}"sv, "{\"a\":/*c*/1}"sv, "{\"a\"/**/:1}"sv, "{\"a\":1//c\n}"sv, "[1//c\n]"sv,
    "[1/*c*/]"sv, "//c\n1"sv, "/*c*/1"sv, "{\"a\":{}"sv, "{\"a\":[}"sv, "{\"a\":[]"sv, "{\"a\\\":1}"sv, "{\"\\x\":1}"sv, "{\"\\ud800\":1}"sv, "{\"\xff\":1}"sv, "{\"a\n\":1}"sv,
    "{\"a\":nul}"sv, "{\"a\":tru}"sv, "{\"a\":\"\\u12\"}"sv, "{\"asd\":\"asd\""sv, "{0:\"a\"}"sv, "{\xf0\x9f\x87\xa8}"sv,

    // numbers
    "01"sv, "-01"sv, "00"sv, "-00"sv, "[012]"sv, "[-012]"sv, "[0x1]"sv, "[0x]"sv, "0b1"sv, "1_000"sv, "1,000"sv, "1 000"sv, "+1"sv, "[+1]"sv, "[++1]"sv, "[--1]"sv, "[+-1]"sv,
    "[-]"sv, "[- 1]"sv, "[-a]"sv, "[.1]"sv, "[-.1]"sv, "[1.]"sv, "[-1.]"sv, "[1.e1]"sv, "[.]"sv, "[.e1]"sv, "[0.]"sv, "[0.e1]"sv, "[1.2.3]"sv, "[1..2]"sv, "[1e]"sv, "[1e+]"sv,
    "[1e-]"sv, "[1E]"sv, "[1eE2]"sv, "[1e2.5]"sv, "[1e1e1]"sv, "[0e]"sv, "[0e+]"sv, "[1.0e]"sv, "[1.0e+]"sv, "[1ee1]"sv, "[1+2]"sv, "[1-2]"sv, "[1a]"sv, "[1.1a]"sv, "[1f]"sv,
    "[1d]"sv, "[1L]"sv, "[1.0f]"sv, "[\xef\xbc\x91]"sv, "[-1x]"sv, "[1\x00]"sv, "1e400"sv, "-1e400"sv, "[1e309]"sv, "[1.7976931348623159e308]"sv, "[123e99999999999999999999]"sv,
    "-"sv, "1e"sv, "1."sv, "0.1.2"sv, "[2.e3]"sv, "[2.e-3]"sv, "[9.e+]"sv, "[1 000.0]"sv, "[-2.]"sv, "[0.3e]"sv, "[0C]"sv, "[0E+]"sv, "[-foo]"sv, "[-1 2]"sv,

    // strings
    "\"a"sv, "\"a\\\""sv, "\"\\"sv, "a\""sv, "'a'"sv, "[\"a]"sv, "[a\"]"sv, "[\"a\\]"sv, "\"\\a\""sv, "\"\\x41\""sv, "\"\\'\""sv, "\"\\0\""sv, "\"\\U0041\""sv, "\"\\v\""sv,
    "\"\\ \""sv, "\"\\\n\""sv, "\"\\u\""sv, "\"\\u1\""sv, "\"\\u12\""sv, "\"\\u123\""sv, "\"\\u123g\""sv, "\"\\u-123\""sv, "\"\\u 123\""sv, "\"\\u+123\""sv, "\"\\uG000\""sv, "\"\\u00"sv,
    "\"\\ud800\""sv, "\"\\udbff\""sv, "\"\\udc00\""sv, "\"\\udfff\""sv, "\"\\ud800a\""sv, "\"\\ud800\\n\""sv, "\"\\ud800\\u0041\""sv, "\"\\ud800\\ud800\""sv, "\"\\udc00\\ud800\""sv,
    "\"\\ud800\\u\""sv, "\"\\ud800\\u1\""sv, "\"\\ud800\\u12\""sv, "\"\\ud800\\udc0\""sv, "\"\\ud800\\\""sv, "\"\\ud800\\x\""sv, "\"\\ud834\\udd1\""sv, "\"a\\ud834b\""sv,
    "\"\n\""sv, "\"\t\""sv, "\"\r\""sv, "\"\x00\""sv, "\"\x01\""sv, "\"\x1f\""sv, "\"\b\""sv, "\"\f\""sv, "\"a\nb\""sv, "\"\x1b[0m\""sv, "\"0123456789abcdef\n\""sv, "\"0123456789abcde\n\""sv,
    "\"a\" \"b\""sv, "\"a\"b"sv, "\"a\"\"b\""sv, "\"a\" + \"b\""sv, "\"\"\""sv, "\"\\\\\"\""sv, "\"\\n"sv, "\"\\u0041"sv, "\"\\\xc3\xa9\""sv,

    // bytes that are no UTF-8, and other encodings
    "\"\xff\""sv, "\"\xfe\""sv, "\"\x80\""sv, "\"\xbf\""sv, "\"\xc0\x80\""sv, "\"\xc1\xbf\""sv, "\"\xc3\""sv, "\"\xc3(\""sv, "\"\xe0\x80\x80\""sv, "\"\xe0\x9f\xbf\""sv, "\"\xe2\x82\""sv,
    "\"\xe2(\xa1\""sv, "\"\xe2\x82(\""sv, "\"\xed\xa0\x80\""sv, "\"\xed\xbf\xbf\""sv, "\"\xed\xa0\xb4\xed\xb4\x9e\""sv, "\"\xf0\x80\x80\x80\""sv, "\"\xf0\x8f\xbf\xbf\""sv, "\"\xf0\x9d\x84\""sv,
    "\"\xf0(\x8c\xbc\""sv, "\"\xf0\x90(\xbc\""sv, "\"\xf4\x90\x80\x80\""sv, "\"\xf5\x80\x80\x80\""sv, "\"\xf8\x88\x80\x80\x80\""sv, "\"\xfc\x84\x80\x80\x80\x80\""sv, "\"\xe2\x82"sv, "\"\xc3"sv,
    "\"0123456789abcdef\xff\""sv, "\"\xc3\xa9\xff\""sv, "[\xff]"sv, "\xff"sv, "\xc3\xa5"sv, "[\xc3\xa5]"sv, "\xef\xbb\xbf"sv, "\xef\xbb\xbf[]"sv, "\xef\xbb\xbf{}"sv, "\xef\xbb"sv,
    "[\xef\xbb\xbf]"sv, "\xff\xfe[\0]\0"sv, "\xfe\xff\0[\0]"sv, "[\0]\0"sv, "\0[\0]"sv, "\"\0a\0\""sv, "\0\0\xfe\xff\0\0\0[\0\0\0]"sv, "\0"sv, "[]\0"sv, "1\0"sv, "null\0"sv, "{}\0"sv, "[1,\0]"sv,
    "{\0}"sv, "\"a\"\0"sv, "\0null"sv, "[\"\xf0\x9d\"]"sv, "[\"a\x80\"]"sv, "{\"\x80\":1}"sv, "\x7f"sv, "\x01"sv, "[\x1f]"sv,
};

}  // namespace test

#endif
