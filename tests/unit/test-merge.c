/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Merges of a config.json. Each case has the text before and after, and is merged a second time to
 * check that nothing changes. Three hosts: "ecr.test" is desired in all cases, "two.test" in some,
 * and "old.test" should be removed.
 */
#include <errno.h>
#include <stdlib.h>

#include "../../src/base/alloc.h"
#include "../../src/write/merge/json-scan.h"
#include "../../src/write/merge/json-walk.h"
#include "../../src/write/merge/merge.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/reason.h"
#include "base/secret.h"
#include "state/written.h"
#include "tap.h"
#include "write/merge/json-scan.h"
#include "write/merge/json-walk.h"
#include "write/merge/merge-entry.h"
#include "write/merge/merge.h"

#define NEW "QVdTOm5ldw=="
#define TWO "QVdTOnR3bw=="
#define OLD "QVdTOm9sZA=="

static const struct secret new_auth = {.data = (char *)NEW, .size = sizeof(NEW) - 1};
static const struct secret two_auth = {.data = (char *)TWO, .size = sizeof(TWO) - 1};

#define DESIRED                                                                                    \
	{                                                                                          \
		.host = "ecr.test", .auth = &new_auth                                              \
	}
#define DESIRED_TOO                                                                                \
	{                                                                                          \
		.host = "two.test", .auth = &two_auth                                              \
	}
#define UNDESIRED                                                                                  \
	{                                                                                          \
		.host = "old.test", .hash = written_hash(OLD, sizeof(OLD) - 1)                     \
	}

struct text_case {
	const char *name;
	const char *before;
	const char *after; /* NULL: unchanged */
};

#define ENTRY "\"ecr.test\":{\"auth\":\"" NEW "\"}"

static const struct text_case desired_cases[] = {
        /* A missing or empty file. */
        {"no text", "",
                "{\n\t\"auths\": {\n\t\t\"ecr.test\": {\n\t\t\t\"auth\": \"" NEW
                "\"\n\t\t}\n\t}\n}"},
        {"white space only", " \r\n\t\n",
                "{\n\t\"auths\": {\n\t\t\"ecr.test\": {\n\t\t\t\"auth\": \"" NEW
                "\"\n\t\t}\n\t}\n}"},
        {"empty object", "{}", "{\"auths\": {\"ecr.test\": {\"auth\": \"" NEW "\"}}}"},
        {"empty object, white space around", " {} \n",
                " {\"auths\": {\"ecr.test\": {\"auth\": \"" NEW "\"}}} \n"},
        {"empty object, white space inside", "{ }",
                "{ \"auths\": {\"ecr.test\": {\"auth\": \"" NEW "\"}} }"},
        {"empty object on two lines", "{\n}\n",
                "{\n\t\"auths\": {\n\t\t\"ecr.test\": {\n\t\t\t\"auth\": \"" NEW
                "\"\n\t\t}\n\t}\n}\n"},

        /* Nothing to do. */
        {"right already", "{\"auths\":{" ENTRY "}}", NULL},
        {"right already, among others",
                "{ \"auths\":{ \"a\" : {\"auth\":\"x\"} ," ENTRY ",\"b\":{}}, \"x\":[1,{}]}\n",
                NULL},
        {"right already, escaped",
                "{\"auths\":{\"\\u0065cr.test\":{\"\\u0061uth\":\"\\u0051VdTOm5ldw=\\u003d\"}}}",
                NULL},
        {"right already, AUTHS and Auth", "{\"AUTHS\":{\"ecr.test\":{\"Auth\":\"" NEW "\"}}}",
                NULL},
        {"right already, with foreign fields",
                "{\"auths\":{\"ecr.test\":{\"email\":\"e\",\"auth\":\"" NEW "\",\"n\":1}}}", NULL},

        /* An auth that differs. */
        {"another auth", "{\"auths\":{\"ecr.test\":{\"auth\":\"b2xk\"}}}",
                "{\"auths\":{" ENTRY "}}"},
        {"another auth, odd white space",
                "{ \"auths\"\t:\n{\"ecr.test\" :{ \"auth\"  :\r\n \"b2xk\"\t} } }",
                "{ \"auths\"\t:\n{\"ecr.test\" :{ \"auth\"  :\r\n \"" NEW "\"\t} } }"},
        {"an empty auth", "{\"auths\":{\"ecr.test\":{\"auth\":\"\"}}}", "{\"auths\":{" ENTRY "}}"},
        {"a longer auth", "{\"auths\":{\"ecr.test\":{\"auth\":\"" NEW "=\"}}}",
                "{\"auths\":{" ENTRY "}}"},
        {"an auth that ends in NUL", "{\"auths\":{\"ecr.test\":{\"auth\":\"" NEW "\\u0000\"}}}",
                "{\"auths\":{" ENTRY "}}"},
        {"auth is null", "{\"auths\":{\"ecr.test\":{\"auth\":null}}}", "{\"auths\":{" ENTRY "}}"},
        {"auth is an object", "{\"auths\":{\"ecr.test\":{\"auth\":{\"auth\":\"" NEW "\"}}}}",
                "{\"auths\":{" ENTRY "}}"},
        {"auth is a number", "{\"auths\":{\"ecr.test\":{\"auth\":12}}}", "{\"auths\":{" ENTRY "}}"},
        {"several auths in an entry",
                "{\"auths\":{\"ecr.test\":{\"auth\":\"" NEW "\",\"AUTH\":\"x\",\"auth\":1}}}",
                "{\"auths\":{\"ecr.test\":{\"auth\":\"" NEW "\",\"AUTH\":\"" NEW
                "\",\"auth\":\"" NEW "\"}}}"},
        {"the same host several times",
                "{\"auths\":{\"ecr.test\":{\"auth\":\"x\"},\"a\":{},\"ecr.test\":{\"auth\":\"y\"}}"
                "}",
                "{\"auths\":{" ENTRY ",\"a\":{}," ENTRY "}}"},

        /* An entry without auth, or no object at all. */
        {"empty entry", "{\"auths\":{\"ecr.test\":{}}}", "{\"auths\":{" ENTRY "}}"},
        {"empty entry, tabs", "{\n\t\"auths\": {\n\t\t\"ecr.test\": {}\n\t}\n}",
                "{\n\t\"auths\": {\n\t\t\"ecr.test\": {\n\t\t\t\"auth\": \"" NEW
                "\"\n\t\t}\n\t}\n}"},
        {"entry with foreign fields only", "{\"auths\":{\"ecr.test\":{\"email\":\"e\"}}}",
                "{\"auths\":{\"ecr.test\":{\"email\":\"e\",\"auth\":\"" NEW "\"}}}"},
        {"entry with foreign fields on lines",
                "{\n  \"auths\": {\n    \"ecr.test\": {\n      \"email\": \"e\"\n    }\n  }\n}\n",
                "{\n  \"auths\": {\n    \"ecr.test\": {\n      \"email\": \"e\",\n      \"auth\": "
                "\"" NEW "\"\n    }\n  }\n}\n"},
        {"entry is null", "{\"auths\":{\"ecr.test\":null}}", "{\"auths\":{" ENTRY "}}"},
        {"entry is a string", "{\"auths\":{\"ecr.test\":\"" NEW "\"}}", "{\"auths\":{" ENTRY "}}"},
        {"entry is an array, on lines", "{\n  \"auths\": {\n    \"ecr.test\": [\n1]\n  }\n}",
                "{\n  \"auths\": {\n    \"ecr.test\": {\n      \"auth\": \"" NEW
                "\"\n    }\n  }\n}"},
        {"entry is a number", "{\"auths\":{\"ecr.test\":1e400,\"a\":1}}",
                "{\"auths\":{" ENTRY ",\"a\":1}}"},

        /* identitytoken */
        {"identitytoken after it",
                "{\"auths\":{\"ecr.test\":{\"auth\":\"" NEW "\",\"identitytoken\":\"t\"}}}",
                "{\"auths\":{" ENTRY "}}"},
        {"identitytoken before it",
                "{\"auths\":{\"ecr.test\":{\"identitytoken\":\"t\", \"auth\":\"" NEW "\"}}}",
                "{\"auths\":{" ENTRY "}}"},
        {"identitytoken in the middle, in any case, several times",
                "{\"auths\":{\"ecr.test\":{\"a\":1 ,\n \"IDENTITYTOKEN\":null, "
                "\"b\":2,\"auth\":\"x\","
                "\"IdentityTo\\u212aen\":\"t\",\"identitytoken\":{} }}}",
                "{\"auths\":{\"ecr.test\":{\"a\":1, \"b\":2,\"auth\":\"" NEW "\" }}}"},
        {"identitytoken alone", "{\"auths\":{\"ecr.test\":{ \"identitytoken\":\"t\" }}}",
                "{\"auths\":{\"ecr.test\":{ \"auth\":\"" NEW "\" }}}"},
        {"identitytoken alone, on lines",
                "{\n    \"auths\": {\n        \"ecr.test\": {\n            \"identitytoken\": "
                "\"t\"\n        }\n    }\n}",
                "{\n    \"auths\": {\n        \"ecr.test\": {\n            \"auth\": \"" NEW
                "\"\n        }\n    }\n}"},
        {"two identitytokens alone",
                "{\"auths\":{\"ecr.test\":{\"identitytoken\":\"t\",\"identitytoken\":\"u\"}}}",
                "{\"auths\":{" ENTRY "}}"},
        {"a foreign identitytoken",
                "{\"auths\":{\"a\":{\"auth\":\"x\",\"identitytoken\":\"t\"}," ENTRY "}}", NULL},

        /* Twins */
        {"a twin, and our key after it",
                "{\"auths\":{\"https://ecr.test\":{\"auth\":\"x\"}," ENTRY "}}",
                "{\"auths\":{\"https://ecr.test\":{\"auth\":\"" NEW "\"}," ENTRY "}}"},
        {"only a twin", "{\"auths\":{\"https://ecr.test/v2/\":{\"auth\":\"x\"}}}",
                "{\"auths\":{\"https://ecr.test/v2/\":{\"auth\":\"" NEW "\"}," ENTRY "}}"},
        {"a twin with an identitytoken",
                "{\"auths\":{" ENTRY ",\"ecr.test/\":{\"auth\":\"" NEW
                "\",\"identitytoken\":\"x\"}}}",
                "{\"auths\":{" ENTRY ",\"ecr.test/\":{\"auth\":\"" NEW "\"}}}"},
        {"a twin that is right", "{\"auths\":{\"ECR.test:443\":{\"auth\":\"" NEW "\"}," ENTRY "}}",
                NULL},
        {"no twins",
                "{\"auths\":{\"ecr.test.\":{\"auth\":\"x\"},\"ecr.test:5000\":{},\"xecr.test\":1,"
                "\"ftp://ecr.test\":1,\"ecr.test:443:443\":1,\"https://\":1,\"\":1,\":443\":1,"
                "\"/\":1,\"https://https://ecr.test\":1,\"ecr.test\\u0000\":1,\" ecr.test\":1,"
                "\"https:/ecr.test\":1,\"ecr.test//\":1,\"https://ecr.test/v2/x\":{}," ENTRY "}}",
                NULL},
        {"a repository's own entry",
                "{\"auths\":{\"ecr.test/team/app\":{\"auth\":\"x\"}," ENTRY "}}", NULL},

        /* Present, missing and several auths. */
        {"a new entry after the others", "{\"auths\":{\"a\":{\"auth\":\"x\"}}}",
                "{\"auths\":{\"a\":{\"auth\":\"x\"}," ENTRY "}}"},
        {"empty auths", "{\"auths\":{}}", "{\"auths\":{" ENTRY "}}"},
        {"empty auths with white space", "{\"auths\":{ } }", "{\"auths\":{ " ENTRY " } }"},
        {"auths is null", "{\"a\":1,\"auths\":null,\"b\":2}",
                "{\"a\":1,\"auths\":{" ENTRY "},\"b\":2}"},
        {"auths is null, on lines", "{\n  \"auths\": null,\n  \"b\": 2\n}",
                "{\n  \"auths\": {\n    \"ecr.test\": {\n      \"auth\": \"" NEW
                "\"\n    }\n  },\n  \"b\": 2\n}"},
        {"no auths", "{\"a\":1}", "{\"a\":1,\"auths\":{" ENTRY "}}"},
        {"Auths is auths", "{\"Auths\":{\"a\":{}}}", "{\"Auths\":{\"a\":{}," ENTRY "}}"},
        {"escaped auths", "{\"\\u0061uths\":{\"a\":{}}}", "{\"\\u0061uths\":{\"a\":{}," ENTRY "}}"},
        {"auths inside another object", "{\"x\":{\"auths\":{}},\"y\":[{\"auths\":{}}]}",
                "{\"x\":{\"auths\":{}},\"y\":[{\"auths\":{}}],\"auths\":{" ENTRY "}}"},
        {"two auths: the last", "{\"auths\":{\"a\":{}},\"auths\":{\"b\":{}}}",
                "{\"auths\":{\"a\":{}},\"auths\":{\"b\":{}," ENTRY "}}"},
        {"two auths: the entry in the first", "{\"auths\":{" ENTRY "},\"auths\":{\"b\":{}}}", NULL},
        {"two auths: entries in both",
                "{\"auths\":{\"ecr.test\":{\"auth\":\"x\"}},\"auths\":{\"ecr.test\":{}}}",
                "{\"auths\":{" ENTRY "},\"auths\":{" ENTRY "}}"},
        {"auths and AUTHS: the one docker would write", "{\"auths\":{\"a\":{}},\"AUTHS\":{}}",
                "{\"auths\":{\"a\":{}," ENTRY "},\"AUTHS\":{}}"},
        {"AUTHS and auths", "{\"AUTHS\":{},\"auths\":{}}", "{\"AUTHS\":{},\"auths\":{" ENTRY "}}"},
        {"null and auths", "{\"auths\":null,\"auths\":{}}",
                "{\"auths\":null,\"auths\":{" ENTRY "}}"},
        {"two nulls", "{\"auths\":null,\"auths\":null}", "{\"auths\":null,\"auths\":{" ENTRY "}}"},
        {"an auths that a null hides stays hidden",
                "{\"auths\":{\"a\":{}," ENTRY "},\"auths\":null}",
                "{\"auths\":{\"a\":{}," ENTRY "},\"auths\":null,\"auths\":{" ENTRY "}}"},
        {"an entry that a null hides does not count",
                "{\"auths\":{" ENTRY "},\"AUTHS\":null,\"auths\":{}}",
                "{\"auths\":{" ENTRY "},\"AUTHS\":null,\"auths\":{" ENTRY "}}"},

        /* Style */
        {"tabs, as docker writes",
                "{\n\t\"auths\": {\n\t\t\"a\": {\n\t\t\t\"auth\": \"x\"\n\t\t}\n\t},\n\t"
                "\"credsStore\": \"\"\n}",
                "{\n\t\"auths\": {\n\t\t\"a\": {\n\t\t\t\"auth\": \"x\"\n\t\t},\n\t\t\"ecr.test\": "
                "{\n\t\t\t\"auth\": \"" NEW "\"\n\t\t}\n\t},\n\t\"credsStore\": \"\"\n}"},
        {"two spaces", "{\n  \"auths\": {\n    \"a\": {}\n  }\n}\n",
                "{\n  \"auths\": {\n    \"a\": {},\n    \"ecr.test\": {\n      \"auth\": \"" NEW
                "\"\n    }\n  }\n}\n"},
        {"two spaces, empty auths", "{\n  \"auths\": {}\n}\n",
                "{\n  \"auths\": {\n    \"ecr.test\": {\n      \"auth\": \"" NEW
                "\"\n    }\n  }\n}\n"},
        {"four spaces, no auths", "{\n    \"detachKeys\": \"ctrl-e\"\n}",
                "{\n    \"detachKeys\": \"ctrl-e\",\n    \"auths\": {\n        \"ecr.test\": {\n   "
                " "
                "        \"auth\": \"" NEW "\"\n        }\n    }\n}"},
        {"CRLF", "{\r\n  \"auths\": {\r\n    \"a\": {}\r\n  }\r\n}\r\n",
                "{\r\n  \"auths\": {\r\n    \"a\": {},\r\n    \"ecr.test\": {\r\n      \"auth\": "
                "\"" NEW "\"\r\n    }\r\n  }\r\n}\r\n"},
        {"CRLF, empty auths", "{\r\n\t\"auths\": {}\r\n}",
                "{\r\n\t\"auths\": {\r\n\t\t\"ecr.test\": {\r\n\t\t\t\"auth\": \"" NEW
                "\"\r\n\t\t}\r\n\t}\r\n}"},
        {"empty auths on lines", "{\n  \"auths\": {\n  }\n}",
                "{\n  \"auths\": {\n    \"ecr.test\": {\n      \"auth\": \"" NEW
                "\"\n    }\n  }\n}"},
        {"entries on a line each", "{\n  \"auths\": {\n    \"a\": {\"auth\": \"x\"}\n  }\n}",
                "{\n  \"auths\": {\n    \"a\": {\"auth\": \"x\"},\n    \"ecr.test\": {\"auth\": "
                "\"" NEW "\"}\n  }\n}"},
        {"one line with spaces", "{\"a\": 1, \"auths\": {\"a\": {}}}",
                "{\"a\": 1, \"auths\": {\"a\": {}, \"ecr.test\": {\"auth\": \"" NEW "\"}}}"},
        {"one line with inner spaces", "{ \"auths\": { \"a\": {} } }",
                "{ \"auths\": { \"a\": {}, \"ecr.test\": {\"auth\": \"" NEW "\"} } }"},
        {"spaces around the colon", "{\"a\" : 1}",
                "{\"a\" : 1, \"auths\" : {\"ecr.test\" : {\"auth\" : \"" NEW "\"}}}"},
        {"no indentation", "{\n\"auths\": {\n\"a\": {}\n}\n}",
                "{\n\"auths\": {\n\"a\": {},\n\"ecr.test\": {\n\"auth\": \"" NEW "\"\n}\n}\n}"},
        {"comma first", "{\n  \"a\": 1\n, \"auths\": {}\n}",
                "{\n  \"a\": 1\n, \"auths\": {\"ecr.test\": {\"auth\": \"" NEW "\"}}\n}"},
        {"blank lines", "{\n\n  \"a\": 1\n\n}",
                "{\n\n  \"a\": 1,\n\n  \"auths\": {\n    \"ecr.test\": {\n      \"auth\": \"" NEW
                "\"\n    }\n  }\n\n}"},

        /* Foreign data. */
        {"numbers, escapes, duplicates, nesting",
                "{\"n\":[123456789012345678901234567890,-0,1E+400,0.10000000000000000000000001],"
                "\"s\":\"\\u00e9\\/"
                "\\ud800\\u0000\xc3\xa9\xff\",\"s\":1,\"s\":2,\"\":{\"\":{\"\":{}}},"
                "\"auths\":{\"\\u0061\":{\"auth\":\"\\u0078\"},\"a\":null,\"a\":[[[]]]}}",
                "{\"n\":[123456789012345678901234567890,-0,1E+400,0.10000000000000000000000001],"
                "\"s\":\"\\u00e9\\/"
                "\\ud800\\u0000\xc3\xa9\xff\",\"s\":1,\"s\":2,\"\":{\"\":{\"\":{}}},"
                "\"auths\":{\"\\u0061\":{\"auth\":\"\\u0078\"},\"a\":null,\"a\":[[[]]]," ENTRY
                "}}"},
};

static const struct text_case removal_cases[] = {
        {"ours, alone", "{\"auths\":{\"old.test\":{\"auth\":\"" OLD "\"}}}", "{\"auths\":{}}"},
        {"ours, alone, on lines",
                "{\n\t\"auths\": {\n\t\t\"old.test\": {\n\t\t\t\"auth\": \"" OLD
                "\"\n\t\t}\n\t}\n}",
                "{\n\t\"auths\": {}\n}"},
        {"ours, first",
                "{\n\t\"auths\": {\n\t\t\"old.test\": {\n\t\t\t\"auth\": \"" OLD
                "\"\n\t\t},\n\t\t\"b\": {}\n\t}\n}",
                "{\n\t\"auths\": {\n\t\t\"b\": {}\n\t}\n}"},
        {"ours, last",
                "{\n\t\"auths\": {\n\t\t\"b\": {},\n\t\t\"old.test\": {\n\t\t\t\"auth\": \"" OLD
                "\"\n\t\t}\n\t}\n}",
                "{\n\t\"auths\": {\n\t\t\"b\": {}\n\t}\n}"},
        {"ours, in the middle",
                "{\"auths\":{ \"a\":{} , \"old.test\":{\"auth\":\"" OLD "\"} , \"b\":{} }}",
                "{\"auths\":{ \"a\":{} , \"b\":{} }}"},
        {"ours, escaped", "{\"auths\":{\"old\\u002etest\":{\"auth\":\"\\u0051VdTOm9sZA==\"}}}",
                "{\"auths\":{}}"},
        {"ours, with its twins, in several auths",
                "{\"auths\":{\"https://old.test\":{\"auth\":\"" OLD
                "\"},\"a\":1,\"Old.test/\":{\"Auth\":\"" OLD
                "\"},\"b\":2},\"AUTHS\":{\"old.test:443\":{\"auth\":\"" OLD "\"}}}",
                "{\"auths\":{\"a\":1,\"b\":2},\"AUTHS\":{}}"},
        {"ours, alone in several auths",
                "{\"auths\":{\"old.test\":{\"auth\":\"" OLD
                "\"}},\"Auths\":{\"old.test\":{\"auth\":\"" OLD
                "\"}},\"auths\":{\"old.test\":{\"auth\":\"" OLD "\"}}}",
                "{\"auths\":{},\"Auths\":{},\"auths\":{}}"},
        {"ours, in an auths that a null hides",
                "{\"auths\":{\"old.test\":{\"auth\":\"" OLD "\"}},\"auths\":null}",
                "{\"auths\":{},\"auths\":null}"},
        {"ours, with foreign fields",
                "{\"auths\":{\"old.test\":{\"auth\":\"" OLD "\",\"email\":\"e\"}}}",
                "{\"auths\":{\"old.test\":{\"email\":\"e\"}}}"},
        {"ours, after foreign fields",
                "{\"auths\":{\"old.test\":{ \"email\":\"e\", \"auth\":\"" OLD "\" }}}",
                "{\"auths\":{\"old.test\":{ \"email\":\"e\" }}}"},
        {"ours, twice in an entry",
                "{\"auths\":{\"old.test\":{\"auth\":\"" OLD "\",\"AUTH\":\"" OLD "\"},\"a\":1}}",
                "{\"auths\":{\"a\":1}}"},
};

static const char *const foreign_texts[] = {
        "{}",
        "{\"auths\":{}}",
        "{\"auths\":null}",
        "{\"auths\":{\"old.test\":{\"auth\":\"b3RoZXI=\"}}}",
        "{\"auths\":{\"old.test\":{\"auth\":\"\"}}}",
        "{\"auths\":{\"old.test\":{}}}",
        "{\"auths\":{\"old.test\":null,\"old.test\":\"" OLD "\",\"old.test\":[\"" OLD "\"]}}",
        "{\"auths\":{\"old.test\":{\"auth\":[\"" OLD "\"],\"password\":\"" OLD "\"}}}",
        "{\"auths\":{\"old.test/repo\":{\"auth\":\"" OLD "\"}}}",
        "{\"auths\":{\"gold.test\":{\"auth\":\"" OLD "\"}}}",
        "{\"old.test\":{\"auth\":\"" OLD "\"},\"x\":{\"auths\":{\"old.test\":{\"auth\":\"" OLD
        "\"}}}}",
        "{\"auths\":{\"old.test\":{\"identitytoken\":\"t\"}}}",
};

/* Additions and removals at once. */
static const struct text_case mixed_cases[] = {
        {"no text", "",
                "{\n\t\"auths\": {\n\t\t\"ecr.test\": {\n\t\t\t\"auth\": \"" NEW
                "\"\n\t\t},\n\t\t\"two.test\": {\n\t\t\t\"auth\": \"" TWO "\"\n\t\t}\n\t}\n}"},
        {"two new ones", "{\"a\":1}",
                "{\"a\":1,\"auths\":{" ENTRY ",\"two.test\":{\"auth\":\"" TWO "\"}}}"},
        {"one for the other", "{\"auths\":{\"old.test\":{\"auth\":\"" OLD "\"}}}",
                "{\"auths\":{" ENTRY ",\"two.test\":{\"auth\":\"" TWO "\"}}}"},
        {"one for the other, on lines",
                "{\n  \"auths\": {\n    \"old.test\": {\n      \"auth\": \"" OLD
                "\"\n    }\n  }\n}",
                "{\n  \"auths\": {\n    \"ecr.test\": {\n      \"auth\": \"" NEW
                "\"\n    },\n    \"two.test\": {\n      \"auth\": \"" TWO "\"\n    }\n  }\n}"},
        {"ours last, new ones after the foreign one",
                "{\"auths\":{\"a\":{}, \"old.test\":{\"auth\":\"" OLD "\"}}}",
                "{\"auths\":{\"a\":{}, " ENTRY ", \"two.test\":{\"auth\":\"" TWO "\"}}}"},
        {"everything at once",
                "{\"auths\":{\"old.test\":{\"auth\":\"" OLD
                "\"},\"https://two.test/v1/\":{\"identitytoken\":\"t\"},\"old.test/"
                "\":{\"auth\":\"" OLD
                "\"},\"ecr.test\":{\"auth\":\"x\"},\"old.test\":{\"auth\":\"" OLD
                "\"}},\"z\":{\"auths\":0}}",
                "{\"auths\":{\"https://two.test/v1/\":{\"auth\":\"" TWO "\"}," ENTRY
                ",\"two.test\":{\"auth\":\"" TWO "\"}},\"z\":{\"auths\":0}}"},
};

static const struct {
	const char *name, *text, *code, *reason;
} refused[] = {
        {"cut off", "{\n\t\"auths\": {\n", "not-json", "line 3: expected a key"},
        {"trailing comma", "{\"auths\":{},\n}", "not-json", "line 2: expected a key"},
        {"trailing garbage", "{}\n{}", "not-json", "line 2: expected the end of the file"},
        {"byte order mark", "\xef\xbb\xbf{}", "not-json", "line 1: expected a value"},
        {"YAML", "auths:\n", "not-json", "line 1: expected a value, found 'a'"},
        {"an array", "\n[]", "not-object", "line 2: the file holds an array, not an object"},
        {"a string", "\"x\"", "not-object", "line 1: the file holds a string, not an object"},
        {"null", "null", "not-object", "line 1: the file holds null, not an object"},
        {"a number", "1", "not-object", "line 1: the file holds a number, not an object"},
        {"auths is an array", "{\n\"auths\":\n[]}", "not-object",
                "line 3: \"auths\" is an array, not an object"},
        {"auths is a string", "{\"auths\":\"\"}", "not-object",
                "line 1: \"auths\" is a string, not an object"},
        {"auths is a number", "{\"auths\":{},\"AUTHS\":0}", "not-object",
                "line 1: \"auths\" is a number, not an object"},
        {"auths is a boolean", "{\"auths\":false}", "not-object",
                "line 1: \"auths\" is a boolean, not an object"},
};

/* Merges a copy of exactly the text's size, so that the sanitizer sees any overrun. */
static int merge_exact(const char *text, size_t size, const struct desired_entry *entries,
        size_t n_entries, struct merge_result *ret, struct reason *ret_reason)
{
	char *copy = malloc(size + !size);
	int r;

	memcpy(copy, text, size);
	r = merge(copy, size, entries, n_entries, ret, ret_reason);
	free(copy);
	return r;
}

/* Returns the text after a merge. */
static const char *outcome(const struct merge_result *r, const char *before)
{
	return r->changed ? r->text.data : before;
}

static void check_case(
        const struct text_case *c, const struct desired_entry *entries, size_t n_entries)
{
	_cleanup_(merge_result_done) struct merge_result r = {}, again = {};
	const char *after = c->after ? c->after : c->before;
	struct reason reason = {};

	CHECK_INT(merge_exact(c->before, strlen(c->before), entries, n_entries, &r, &reason), 0);
	CHECK_STRING(reason.text, "");
	CHECK_INT(r.changed, c->after != NULL);
	CHECK_STRING(outcome(&r, c->before), after);
	CHECK_INT(r.n_entries, n_entries);
	for (size_t i = 0; i < n_entries && r.present; i++)
		CHECK_INT(r.present[i], entries[i].auth != NULL);
	if (!r.changed)
		CHECK(!r.text.data);
	CHECK_INT(merge_exact(after, strlen(after), entries, n_entries, &again, NULL), 0);
	CHECK(!again.changed);
}

static void test_desired(void)
{
	const struct desired_entry entries[] = {DESIRED};

	for (size_t i = 0; i < ARRAY_SIZE(desired_cases); i++) {
		tap_begin("%s", desired_cases[i].name);
		check_case(&desired_cases[i], entries, ARRAY_SIZE(entries));
		tap_end();
	}
}

static void test_mixed(void)
{
	const struct desired_entry entries[] = {DESIRED_TOO, UNDESIRED, DESIRED};

	for (size_t i = 0; i < ARRAY_SIZE(mixed_cases); i++) {
		tap_begin("two desired, one not: %s", mixed_cases[i].name);
		check_case(&mixed_cases[i], entries, ARRAY_SIZE(entries));
		tap_end();
	}
}

static void test_removal(void)
{
	const struct desired_entry entries[] = {UNDESIRED};

	for (size_t i = 0; i < ARRAY_SIZE(removal_cases); i++) {
		const struct text_case *c = &removal_cases[i];
		_cleanup_(merge_result_done) struct merge_result r = {};

		tap_begin("remove: %s", c->name);
		check_case(c, entries, 1);
		CHECK_INT(merge(c->before, strlen(c->before), entries, 1, &r, NULL), 0);
		CHECK(r.removed && r.removed[0]);
		tap_end();
	}
	for (size_t i = 0; i < ARRAY_SIZE(foreign_texts); i++) {
		const char *text = foreign_texts[i];
		_cleanup_(merge_result_done) struct merge_result r = {};

		tap_begin("foreign, not removed: %s", text);
		CHECK_INT(merge_exact(text, strlen(text), entries, 1, &r, NULL), 0);
		CHECK(!r.changed);
		CHECK(r.removed && !r.removed[0]);
		tap_end();
	}
}

static void test_removal_of_nothing(void)
{
	const struct desired_entry entries[] = {UNDESIRED};
	_cleanup_(merge_result_done) struct merge_result r = {}, none = {};

	tap_begin("an empty text stays empty if nothing is desired");
	CHECK_INT(merge(NULL, 0, entries, 1, &r, NULL), 0);
	CHECK(!r.changed);
	CHECK_INT(merge(NULL, 0, NULL, 0, &none, NULL), 0);
	CHECK(!none.changed);
	tap_end();
}

static void test_refused(void)
{
	const struct desired_entry entries[] = {DESIRED, UNDESIRED};

	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		struct merge_result r = {.n_entries = 42};
		struct reason reason = {};

		tap_begin("refused: %s", refused[i].name);
		CHECK_INT(merge_exact(refused[i].text, strlen(refused[i].text), entries, 2, &r,
		                  &reason),
		        -EBADMSG);
		CHECK_STRING(reason.code, refused[i].code);
		if (!CHECK(strncmp(reason.text, refused[i].reason, strlen(refused[i].reason)) == 0))
			printf("# %s\n", reason.text);
		CHECK(strstr(reason.text, "the file is left alone"));
		CHECK(r.n_entries == 42 && !r.text.data && !r.present);
		tap_end();
	}
}

static void test_unusable_entries(void)
{
	static const struct secret quote = {.data = (char *)"a\"b", .size = 3};
	static const struct secret newline = {.data = (char *)"a\n", .size = 2};
	const struct desired_entry bad[] = {
	        {.host = "ecr.test", .auth = &quote},
	        {.host = "ecr.test", .auth = &newline},
	        {.host = "ecr\\test", .auth = &new_auth},
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct merge_result r = {};
		struct reason reason = {};

		tap_begin("an entry that would need escapes is refused, %zu", i);
		CHECK_INT(merge("{}", 2, &bad[i], 1, &r, &reason), -EINVAL);
		CHECK_STRING(reason.code, "internal");
		CHECK(!r.text.data);
		tap_end();
	}
}

/* All spellings that docker or podman might match to a host. */
static void test_twins(void)
{
	static const char *const schemes[] = {"", "https://", "http://", "HTTPS://"};
	static const char *const hosts[] = {"ecr.test", "ECR.Test"};
	static const char *const ports[] = {"", ":443"};
	static const char *const paths[] = {"", "/", "/v1", "/v1/", "/v2", "/v2/", "/V2/"};
	const struct desired_entry entries[] = {DESIRED};
	size_t n = ARRAY_SIZE(schemes) * ARRAY_SIZE(hosts) * ARRAY_SIZE(ports) * ARRAY_SIZE(paths);

	for (size_t i = 0; i < n; i++) {
		_cleanup_(freep) char *key = xasprintf("%s%s%s%s", schemes[i % 4], hosts[i / 4 % 2],
		        ports[i / 8 % 2], paths[i / 16]);
		_cleanup_(freep) char *before =
		        xasprintf("{\"auths\":{\"%s\":{\"auth\":\"old\"}}}", key);
		_cleanup_(freep) char *after =
		        strcmp(key, "ecr.test") == 0
		                ? xstrdup("{\"auths\":{" ENTRY "}}")
		                : xasprintf("{\"auths\":{\"%s\":{\"auth\":\"" NEW "\"}," ENTRY "}}",
		                          key);
		struct text_case c = {key, before, after};

		tap_begin("twin %s", key);
		check_case(&c, entries, 1);
		tap_end();
	}
}

static void test_port(void)
{
	const struct desired_entry entries[] = {{.host = "ecr.test:5000", .auth = &new_auth}};
	const struct text_case c = {"",
	        "{\"auths\":{\"https://ecr.test:5000/v2/"
	        "\":{},\"ecr.test\":{},\"ecr.test:443\":{},\"ecr.test:5000:443\":{}}}",
	        "{\"auths\":{\"https://ecr.test:5000/v2/\":{\"auth\":\"" NEW
	        "\"},\"ecr.test\":{},\"ecr.test:443\":{},\"ecr.test:5000:443\":{},\"ecr.test:"
	        "5000\":{\"auth\":\"" NEW "\"}}}"};

	tap_begin("a host with a port");
	check_case(&c, entries, 1);
	tap_end();
}

struct finding_case {
	const char *name;
	const char *text;
	const char *findings; /* "KIND host detail;…" */
};

static const struct finding_case finding_cases[] = {
        {"none", "{\"auths\":{},\"credHelpers\":{},\"credsStore\":\"\"}", ""},
        {"credsStore", "{\"credsStore\":\"desktop\"}", "store  desktop;"},
        {"credsStore in any case, escaped", "{\"CREDSSTORE\":\"p\\u0061ss\"}", "store  pass;"},
        {"the last credsStore", "{\"credsStore\":\"a\",\"credsStore\":\"b\",\"credsStore\":null}",
                "store  b;"},
        {"the last credsStore is empty", "{\"credsStore\":\"a\",\"credsStore\":\"\"}", ""},
        {"credsStore is not a string", "{\"credsStore\":1}", ""},
        {"credHelpers", "{\"credHelpers\":{\"ecr.test\":\"ecr-login\"}}",
                "helper ecr.test ecr-login;"},
        {"credHelpers, any case and escapes",
                "{\"credhelper\\u017f\":{\"ECR.t\\u0065st\":\"e\\u0063r\"}}",
                "helper ecr.test ecr;"},
        {"another spelling of the host does not undo its helper",
                "{\"credHelpers\":{\"ecr.test\":\"\",\"ECR.test\":\"x\",\"two.test\":\"a\",\"Two."
                "test\":\"\"}}",
                "helper two.test a;"},
        {"a helper for another host", "{\"credHelpers\":{\"a\":\"x\",\"https://ecr.test\":\"x\"}}",
                ""},
        {"the helper of a host that is not desired", "{\"credHelpers\":{\"old.test\":\"x\"}}", ""},
        {"an empty helper means the file", "{\"credHelpers\":{\"ecr.test\":\"\"}}", ""},
        {"a null helper means the file", "{\"credHelpers\":{\"ecr.test\":null}}", ""},
        {"the last helper counts",
                "{\"credHelpers\":{\"ecr.test\":\"a\",\"ecr.test\":\"\",\"two.test\":\"\",\"two."
                "test\":"
                "\"b\"}}",
                "helper two.test b;"},
        {"credHelpers add up",
                "{\"credHelpers\":{\"ecr.test\":\"a\"},\"CredHelpers\":{\"two.test\":\"b\"}}",
                "helper ecr.test a;helper two.test b;"},
        {"a null credHelpers empties it",
                "{\"credHelpers\":{\"ecr.test\":\"a\"},\"credHelpers\":null}", ""},
        {"credHelpers is not an object", "{\"credHelpers\":[\"ecr.test\"]}", ""},
        {"credHelpers exempts one host from credsStore",
                "{\"credsStore\":\"s\",\"credHelpers\":{\"ecr.test\":\"\"}}", "store  s;"},
        {"credHelpers exempts all hosts from credsStore",
                "{\"credsStore\":\"s\",\"credHelpers\":{\"ecr.test\":\"\",\"two.test\":\"h\"}}",
                "helper two.test h;"},
        {"another spelling exempts nothing",
                "{\"credsStore\":\"s\",\"credHelpers\":{\"ecr.test\":\"\",\"Two.test\":\"\"}}",
                "store  s;"},
        {"credsStore and helper", "{\"credsStore\":\"s\",\"credHelpers\":{\"ecr.test\":\"h\"}}",
                "store  s;helper ecr.test h;"},
        {"our own helper hides nothing",
                "{\"credsStore\":\"ecr-refresher\",\"credHelpers\":{\"ecr.test\":"
                "\"ecr-refresher\"}}",
                ""},
        {"a helper whose name only begins like ours hides it",
                "{\"credsStore\":\"ecr-refreshe\",\"credHelpers\":{\"ecr.test\":"
                "\"ecr-refresher2\"}}",
                "store  ecr-refreshe;helper ecr.test ecr-refresher2;"},
        {"repository keys",
                "{\"auths\":{\"ecr.test/a\":{},\"ECR.test:443/b/c\":null,\"ecr.test/v2/x\":1,\"a/"
                "ecr."
                "test\":1}}",
                "repository ecr.test ecr.test/a;repository ecr.test ECR.test:443/b/c;"
                "repository ecr.test ecr.test/v2/x;"},
        {"a repository key of a host that is not desired", "{\"auths\":{\"old.test/a\":{}}}", ""},
        {"keys that are not repository keys",
                "{\"auths\":{\"https://ecr.test/a\":{},\"ecr.test/v2/\":{}}}", ""},
        {"unprintable detail", "{\"credsStore\":\"a\\u001b[31m\\n\\u0000\xc2\x9b\\u009b\x7f\"}",
                "store  a?[31m???????;"},
};

static char *findings_text(const struct merge_result *r)
{
	static const char *const kinds[] = {
	        [MERGE_CRED_HELPER] = "helper",
	        [MERGE_CREDS_STORE] = "store",
	        [MERGE_REPOSITORY_KEY] = "repository",
	};
	char *text = xstrdup("");

	for (size_t i = 0; i < r->n_findings; i++) {
		const struct merge_finding *f = &r->findings[i];
		char *longer = xasprintf("%s%s %s %s;", text, kinds[f->kind], f->host, f->detail);

		free(text);
		text = longer;
	}
	return text;
}

static void test_findings(void)
{
	const struct desired_entry entries[] = {DESIRED, DESIRED_TOO, UNDESIRED};

	for (size_t i = 0; i < ARRAY_SIZE(finding_cases); i++) {
		const struct finding_case *c = &finding_cases[i];
		_cleanup_(merge_result_done) struct merge_result r = {};
		_cleanup_(freep) char *findings = NULL;

		tap_begin("findings: %s", c->name);
		CHECK_INT(merge_exact(c->text, strlen(c->text), entries, 3, &r, NULL), 0);
		findings = findings_text(&r);
		CHECK_STRING(findings, c->findings);
		tap_end();
	}
}

static void test_findings_limits(void)
{
	const struct desired_entry entries[] = {DESIRED};
	_cleanup_(merge_result_done) struct merge_result r = {};
	_secret_ struct secret text = {};
	char long_name[1000];

	memset(long_name, 'x', sizeof(long_name));
	secret_append_string(&text, "{\"auths\":{");
	for (unsigned i = 0; i < 1000; i++)
		secret_append_string(&text, "\"ecr.test/a\":{},");
	secret_append_string(&text, "\"a\":{}},\"credHelpers\":{\"ecr.test\":\"");
	secret_append(&text, long_name, sizeof(long_name));
	secret_append_string(&text, "\"}}");

	tap_begin("at most %d findings, and the helper is among them", MERGE_MAX_FINDINGS);
	CHECK_INT(merge(text.data, text.size, entries, 1, &r, NULL), 0);
	CHECK(r.n_findings > 1 && r.n_findings <= MERGE_MAX_FINDINGS);
	CHECK_INT(r.findings[r.n_findings - 1].kind, MERGE_CRED_HELPER);
	CHECK_INT(strlen(r.findings[r.n_findings - 1].detail), 255);
	tap_end();
}

static void test_copies(void)
{
	const struct desired_entry entries[] = {DESIRED};

	for (unsigned extra = 0; extra < 2; extra++) {
		_cleanup_(merge_result_done) struct merge_result r = {};
		_secret_ struct secret text = {};
		struct reason reason = {};
		unsigned n = MERGE_MAX_COPIES + extra;

		secret_append_string(&text, "{\"auths\":{");
		for (unsigned i = 0; i < n; i++)
			secret_append_string(&text, i ? ",\"ecr.test\":0" : "\"ecr.test\":0");
		secret_append_string(&text, "}}");
		tap_begin("%u copies of one host", n);
		CHECK_INT(
		        merge(text.data, text.size, entries, 1, &r, &reason), extra ? -EBADMSG : 0);
		CHECK_INT(r.changed, !extra);
		CHECK_STRING(reason.code, extra ? "too-many-copies" : "");
		tap_end();
	}
}

/* Megabytes of white space are not repeated for every host; the last line may be. */
static void test_space(void)
{
	const struct desired_entry entries[] = {DESIRED, DESIRED_TOO};
	static const struct {
		const char *name;
		char fill;
		const char *tail;
		const char *inserted;
	} spaces[] = {
	        {"indentation", ' ', "\"a\":{}}}", ",\"ecr.test\":{\"auth\":\"" NEW "\"},\"two"},
	        {"blank lines", '\n', "\n  \"a\":{}}}",
	                ",\n  \"ecr.test\":{\n  \t\"auth\":\"" NEW "\"\n  },\n  \"two"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(spaces); i++) {
		_cleanup_(merge_result_done) struct merge_result r = {};
		_secret_ struct secret text = {};

		secret_append_string(&text, "{\"auths\":{\n");
		memset(secret_reserve(&text, 1024 * 1024), spaces[i].fill, 1024 * 1024);
		secret_grown(&text, 1024 * 1024);
		secret_append_string(&text, spaces[i].tail);
		tap_begin("a megabyte of %s", spaces[i].name);
		CHECK_INT(merge(text.data, text.size, entries, 2, &r, NULL), 0);
		CHECK(r.changed && r.text.size < text.size + 1024);
		CHECK(r.changed && strstr(r.text.data, spaces[i].inserted));
		tap_end();
	}
}

static const char *const hostile[] = {
        "\"ecr.test/x\":{},",
        "\"\":0,",
        "\"old.test\":{\"auth\":\"" OLD "\"},",
        "\"old.test\":{\"auth\":\"" OLD "\",\"auth\":\"" OLD "\",\"a\":0},",
        "\"ecr.test\":{\"auth\":\"" NEW "\",\"identitytoken\":0},",
        "\"ecr.test\":{\"auth\":\"\\u0051VdTOm5ldw==\"},",
        "\"\\u0065cr.test\":{\"a\":[[[[0]]]],\"auth\":\"" NEW "\"},",
};

/* Four megabytes of anything take a moment: quadratic time would be hours. */
static void test_hostile(void)
{
	const struct desired_entry entries[] = {DESIRED, DESIRED_TOO, UNDESIRED};
	static const char *const heads[] = {"{\"auths\":{", "{\"credHelpers\":{", "{"};
	static const char *const tails[] = {"\"z\":{}}}", "\"z\":{}}}", "\"z\":{}}"};

	for (size_t i = 0; i < 3 * ARRAY_SIZE(hostile); i++) {
		_cleanup_(merge_result_done) struct merge_result r = {}, again = {};
		_secret_ struct secret text = {};
		const char *piece = hostile[i / 3];

		secret_append_string(&text, heads[i % 3]);
		while (text.size < 4 * 1024 * 1024)
			secret_append_string(&text, piece);
		secret_append_string(&text, tails[i % 3]);
		tap_begin("4 MiB of %s%s", heads[i % 3], piece);
		CHECK_INT(merge(text.data, text.size, entries, 3, &r, NULL), 0);
		CHECK(r.changed);
		CHECK_INT(merge(r.text.data, r.text.size, entries, 3, &again, NULL), 0);
		CHECK(!again.changed);
		tap_end();
	}
}

static void test_hostile_auths(void)
{
	const struct desired_entry entries[] = {DESIRED, UNDESIRED};
	static const char *const pieces[] = {"\"auths\":null,",
	        "\"AUTHS\":{\"old.test\":{\"auth\":\"" OLD "\"}},",
	        "\"auths\":{\"a\":0},\"auths\":null,", "\"credHelpers\":null,"};

	for (size_t i = 0; i < ARRAY_SIZE(pieces); i++) {
		_cleanup_(merge_result_done) struct merge_result r = {};
		_secret_ struct secret text = {};

		secret_append_string(&text, "{");
		while (text.size < 4 * 1024 * 1024)
			secret_append_string(&text, pieces[i]);
		secret_append_string(&text, "\"z\":0}");
		tap_begin("4 MiB of %s", pieces[i]);
		CHECK_INT(merge(text.data, text.size, entries, 2, &r, NULL), 0);
		CHECK(r.changed);
		tap_end();
	}
}

/* Hundreds of registries in a file with thousands of entries. */
static void test_many(void)
{
	enum { N = 400, STEP = 10 };
	struct desired_entry *entries = xcalloc(N, sizeof(*entries));
	_cleanup_(merge_result_done) struct merge_result r = {}, again = {};
	_secret_ struct secret text = {};

	secret_append_string(&text, "{\"auths\":{");
	for (unsigned i = 0; i < N * STEP; i++) {
		_cleanup_(freep) char *member =
		        xasprintf("%s\"h%u.test\":{\"auth\":\"x\"}", i ? "," : "", i);

		secret_append_string(&text, member);
	}
	secret_append_string(&text, "}}");
	for (unsigned i = 0; i < N; i++) /* every other one is missing */
		entries[i] = (struct desired_entry){.auth = &new_auth,
		        .host = xasprintf("h%u%s.test", i * STEP, i % 2 ? "new" : "")};

	tap_begin("%d hosts, %d entries", N, N * STEP);
	CHECK_INT(merge(text.data, text.size, entries, N, &r, NULL), 0);
	for (unsigned i = 0; i < N; i++) {
		_cleanup_(freep) char *member =
		        xasprintf("\"%s\":{\"auth\":\"" NEW "\"}", entries[i].host);
		const char *first = r.changed ? strstr(r.text.data, member) : NULL;

		if (!CHECK(r.present[i] && first && !strstr(first + 1, member)))
			break;
	}
	CHECK(r.changed && strstr(r.text.data, "\"h1.test\":{\"auth\":\"x\"}"));
	CHECK_INT(merge(r.text.data, r.text.size, entries, N, &again, NULL), 0);
	CHECK(!again.changed);
	tap_end();
	for (unsigned i = 0; i < N; i++)
		free((char *)entries[i].host);
	free(entries);
}

/* A reproducible source of random numbers: SplitMix64. */
static uint64_t chance_state;

static unsigned chance(unsigned below)
{
	uint64_t z = chance_state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (unsigned)((z ^ z >> 31) % below);
}

/* A random text, and its foreign pieces in order, which must not change. */
struct random_text {
	struct secret text;
	struct secret foreign; /* each ends with a NUL */
	unsigned count;
};

static void put_space(struct random_text *t)
{
	static const char *const spaces[] = {
	        "", "", "", " ", "\n", "\n  ", "\r\n\t", "\n\n", "\t "};

	secret_append_string(&t->text, spaces[chance(ARRAY_SIZE(spaces))]);
}

static const char *random_value(void)
{
	static const char *const values[] = {"null", "true", "1e999", "-0", "\"\"",
	        "\"\\ud800 \\/\"", "[]", "{}", "{ \"auths\" :{\"ecr.test\":{\"auth\":\"x\"}}}",
	        "[{\"a\":[1 ,2]}]", "18446744073709551617", "\"\xff\"",
	        "{\"auth\":\"" OLD "\",\"identitytoken\":\"t\"}"};

	return values[chance(ARRAY_SIZE(values))];
}

/* Each foreign member has a number, so that none can be mistaken for another. */
static void put_foreign(struct random_text *t)
{
	_cleanup_(freep) char *member =
	        xasprintf("\"%s%u\"%s:%s%s", chance(2) ? "ecr.test.f" : "\\u0066/", t->count++,
	                chance(2) ? " " : "", chance(2) ? " " : "\n", random_value());

	secret_append_string(&t->text, member);
	secret_append(&t->foreign, member, strlen(member) + 1);
}

static void put_string(struct random_text *t, const char *const *choices, size_t n)
{
	secret_append_string(&t->text, "\"");
	secret_append_string(&t->text, choices[chance((unsigned)n)]);
	secret_append_string(&t->text, "\"");
	put_space(t);
	secret_append_string(&t->text, ":");
	put_space(t);
}

static void put_entry(struct random_text *t)
{
	static const char *const fields[] = {
	        "auth", "auth", "Auth", "identitytoken", "IDENTITYTOKEN"};
	static const char *const auths[] = {"\"" OLD "\"", "\"" NEW "\"", "\"x\"", "null",
	        "\"\\u0051VdTOm5ldw==\"", "\"\\u0051VdTOm9sZA==\""};
	unsigned n = chance(4);

	secret_append_string(&t->text, "{");
	put_space(t);
	for (unsigned i = 0; i < n; i++) {
		if (i > 0)
			secret_append_string(&t->text, ",");
		put_space(t);
		if (chance(4) == 0) {
			put_foreign(t);
		} else {
			put_string(t, fields, ARRAY_SIZE(fields));
			secret_append_string(&t->text, auths[chance(ARRAY_SIZE(auths))]);
		}
		put_space(t);
	}
	secret_append_string(&t->text, "}");
}

static void put_auths(struct random_text *t)
{
	static const char *const keys[] = {"ecr.test", "ecr.test", "https://ecr.test",
	        "ECR.test/v2/", "two.test", "two.test:443", "old.test", "old.test",
	        "http://Old.test:443/", "\\u006fld.test"};
	unsigned n = chance(6);

	secret_append_string(&t->text, "{");
	put_space(t);
	for (unsigned i = 0; i < n; i++) {
		if (i > 0)
			secret_append_string(&t->text, ",");
		put_space(t);
		if (chance(3) == 0) {
			put_foreign(t);
		} else {
			put_string(t, keys, ARRAY_SIZE(keys));
			put_entry(t);
		}
		put_space(t);
	}
	secret_append_string(&t->text, "}");
}

static void random_text_make(struct random_text *t)
{
	static const char *const keys[] = {"auths", "auths", "auths", "AUTHS", "auth\\u017f"};
	unsigned n = chance(5);

	put_space(t);
	secret_append_string(&t->text, "{");
	put_space(t);
	for (unsigned i = 0; i < n; i++) {
		if (i > 0)
			secret_append_string(&t->text, ",");
		put_space(t);
		if (chance(2) == 0) {
			put_foreign(t);
		} else {
			put_string(t, keys, ARRAY_SIZE(keys));
			if (chance(6) == 0)
				secret_append_string(&t->text, "null");
			else
				put_auths(t);
		}
		put_space(t);
	}
	secret_append_string(&t->text, "}");
	put_space(t);
}

/* Reports whether all foreign pieces are unchanged and in order. */
static bool foreign_kept(const struct random_text *t, const char *after)
{
	const char *piece = t->foreign.data;

	for (unsigned i = 0; i < t->count; i++, piece += strlen(piece) + 1) {
		after = strstr(after, piece);
		if (!after)
			return false;
		after += strlen(piece);
	}
	return true;
}

/*
 * Reads as docker does: the last entry with a key in any "auths" after the last null. Returns
 * whether its auth is this one, and no identitytoken is left.
 */
static bool docker_reads(const char *text, size_t size, const char *host, const char *auth)
{
	_secret_ struct secret scratch = {};
	struct json_members tops = json_members(text, json_root(text, size)), hosts, fields;
	struct json_member top, entry, field;
	bool good = false;
	const char *s;
	size_t n;

	while (json_members_next(&tops, &top)) {
		if (!json_key_is(text, top.key, "auths", &scratch))
			continue;
		if (text[top.value.begin] == 'n') {
			good = false;
			continue;
		}
		hosts = json_members(text, top.value);
		while (json_members_next(&hosts, &entry)) {
			s = json_string(text, entry.key, &scratch, &n);
			if (n != strlen(host) || memcmp(s, host, n) != 0)
				continue;
			good = false;
			fields = json_members(text, entry.value);
			while (json_members_next(&fields, &field)) {
				if (json_key_is(text, field.key, "identitytoken", &scratch))
					return false;
				if (!json_key_is(text, field.key, "auth", &scratch))
					continue;
				s = json_string(text, field.value, &scratch, &n);
				good = n == strlen(auth) && memcmp(s, auth, n) == 0;
			}
		}
	}
	return good;
}

static bool check_random(const struct random_text *t)
{
	const struct desired_entry entries[] = {DESIRED_TOO, UNDESIRED, DESIRED};
	_cleanup_(merge_result_done) struct merge_result r = {}, again = {};
	const char *after;
	size_t size;

	if (!CHECK_INT(merge_exact(t->text.data, t->text.size, entries, 3, &r, NULL), 0))
		return false;
	after = outcome(&r, t->text.data);
	size = r.changed ? r.text.size : t->text.size;
	return CHECK_INT(strlen(after), size) && CHECK_INT(json_check(after, size, NULL), 0) &&
	       CHECK(foreign_kept(t, after)) && CHECK(docker_reads(after, size, "ecr.test", NEW)) &&
	       CHECK(docker_reads(after, size, "two.test", TWO)) &&
	       CHECK(!docker_reads(after, size, "old.test", OLD)) &&
	       CHECK_INT(merge_exact(after, size, entries, 3, &again, NULL), 0) &&
	       CHECK(!again.changed);
}

static void test_random(void)
{
	for (unsigned i = 0; i < 20; i++) {
		bool good = true;

		tap_begin("random texts, %u", i);
		for (unsigned k = 0; k < 100 && good; k++) {
			struct random_text t = {};

			chance_state = i * 1000 + k;
			random_text_make(&t);
			good = check_random(&t);
			if (!good)
				printf("# of %s\n", t.text.data);
			secret_done(&t.text);
			secret_done(&t.foreign);
		}
		tap_end();
	}
}

int main(void)
{
	test_desired();
	test_mixed();
	test_twins();
	test_port();
	test_removal();
	test_removal_of_nothing();
	test_refused();
	test_unusable_entries();
	test_findings();
	test_findings_limits();
	test_copies();
	test_space();
	test_many();
	test_random();
	test_hostile();
	test_hostile_auths();
	return tap_finish();
}
