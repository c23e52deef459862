/* SPDX-License-Identifier: Apache-2.0 */
#include "state/written.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "tap.h"

#define NOW INT64_C(1795261200) /* 2026-11-21T11:40:00Z */
#define HOST "123456789012.dkr.ecr.eu-central-1.amazonaws.com"

static bool same_string(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static void check_same_file(const struct written_file *a, const struct written_file *b)
{
	CHECK_STRING(a->user, b->user);
	CHECK_STRING(a->file, b->file);
	CHECK(same_string(a->path, b->path));
	CHECK_INT(a->since, b->since);
	CHECK_INT(a->written_at, b->written_at);
	CHECK_STRING(a->failure.code, b->failure.code);
	CHECK_STRING(a->failure.text, b->failure.text);
	if (CHECK_INT(a->n_entries, b->n_entries))
		for (size_t i = 0; i < a->n_entries; i++) {
			CHECK_STRING(a->entries[i].host, b->entries[i].host);
			CHECK(a->entries[i].hash == b->entries[i].hash);
		}
	if (CHECK_INT(a->n_findings, b->n_findings))
		for (size_t i = 0; i < a->n_findings; i++)
			CHECK_STRING(a->findings[i], b->findings[i]);
}

static void check_same(const struct written *a, const struct written *b)
{
	CHECK_STRING(a->watch_failure.code, b->watch_failure.code);
	CHECK_STRING(a->watch_failure.text, b->watch_failure.text);
	CHECK_INT(a->counters.files_written, b->counters.files_written);
	CHECK_INT(a->counters.files_repaired, b->counters.files_repaired);
	CHECK_INT(a->counters.file_failures, b->counters.file_failures);
	CHECK_INT(a->counters.token_failures, b->counters.token_failures);
	CHECK_INT(a->counters.token_failed_at, b->counters.token_failed_at);
	if (CHECK_INT(a->n_files, b->n_files))
		for (size_t i = 0; i < a->n_files; i++)
			check_same_file(&a->files[i], &b->files[i]);
}

static void check_round_trip(const struct written *record)
{
	_cleanup_(written_done) struct written back = {};
	_secret_ struct secret text = {}, again = {};
	struct reason reason = {};

	written_format(record, &text);
	if (!CHECK_INT(written_parse(text.data, text.size, &back, &reason), 0))
		printf("# %s\n", reason.text);
	check_same(&back, record);
	written_format(&back, &again);
	CHECK(secret_equal(&text, &again));
}

static struct written_file *add_file(struct written *r, const char *user, const char *file)
{
	struct written_file *f = array_append(&r->files, &r->n_files, sizeof(*f));

	f->user = xstrdup(user);
	f->file = xstrdup(file);
	return f;
}

static void add_entry(struct written_file *f, const char *host, uint64_t hash)
{
	struct record_entry *e = array_append(&f->entries, &f->n_entries, sizeof(*e));

	*e = (struct record_entry){.host = xstrdup(host), .hash = hash};
}

static void add_finding(struct written_file *f, const char *text)
{
	*(char **)array_append(&f->findings, &f->n_findings, sizeof(char *)) = xstrdup(text);
}

/* Fills a record with all members. */
static void fill(struct written *r)
{
	struct written_file *f = add_file(r, "alice", "~/.docker/config.json");

	f->path = xstrdup("/home/alice/.docker/config.json");
	f->since = NOW;
	f->written_at = NOW + 60;
	add_entry(f, HOST, UINT64_C(0x0123456789abcdef));
	add_entry(f, "public.ecr.aws", UINT64_MAX);
	add_entry(f, "ecr.example.com:5000", 0);
	add_finding(f, "credsStore is \"pass\", so docker uses that helper");
	add_finding(f, "podman prefers the entry for \"x\" \\ caf\xc3\xa9");
	f = add_file(r, "bob", "/srv/a \"b\"\\c/\xc3\xa9.json");
	reason_set(&f->failure, EIO, "EACCES", "/srv/a \"b\": Permission denied");
	add_entry(f, "public.ecr.aws", 1);
	add_file(r, "carol", "~/x");
	r->counters = (struct record_counters){INT64_MAX, 2, 3, 4, NOW};
	reason_set(&r->watch_failure, EIO, "no-bus", "files are not watched: \"D-Bus\"");
}

static void test_round_trips(void)
{
	_cleanup_(written_done) struct written none = {}, full = {};

	tap_begin("round trip: an empty record");
	check_round_trip(&none);
	tap_end();

	tap_begin("round trip: a record with all members");
	fill(&full);
	check_round_trip(&full);
	tap_end();

	tap_begin("round trip: many files");
	for (unsigned i = 0; i < 3000; i++) {
		_cleanup_(freep) char *user = xasprintf("user-%u", i);

		add_entry(add_file(&full, user, "~/.docker/config.json"), HOST, i);
	}
	check_round_trip(&full);
	tap_end();
}

#define FILE_OF(members) "{\"version\":1,\"files\":[{" members "}]}"
#define NAMED(members) FILE_OF("\"user\":\"a\",\"file\":\"~/b\"," members)

static const struct {
	const char *name;
	const char *text;
} malformed[] = {
        {"nothing", ""},
        {"not JSON", "written"},
        {"half an object", "{\"version\":1,\"files\":[{\"user\":\"a\""},
        {"text after the object", "{\"version\":1,\"files\":[]} x"},
        {"an array", "[1]"},
        {"null", "null"},
        {"no version", "{\"files\":[]}"},
        {"version 2", "{\"version\":2,\"files\":[]}"},
        {"a version that is a string", "{\"version\":\"1\",\"files\":[]}"},
        {"no files", "{\"version\":1}"},
        {"files that are an object", "{\"version\":1,\"files\":{}}"},
        {"files that are null", "{\"version\":1,\"files\":null}"},
        {"a file that is null", "{\"version\":1,\"files\":[null]}"},
        {"a file that is a string", "{\"version\":1,\"files\":[\"a\"]}"},
        {"a file without a user", FILE_OF("\"file\":\"~/b\"")},
        {"a file without a name", FILE_OF("\"user\":\"a\"")},
        {"a user that is a number", FILE_OF("\"user\":1,\"file\":\"~/b\"")},
        {"a user with a NUL", FILE_OF("\"user\":\"a\\u0000b\",\"file\":\"~/b\"")},
        {"a name that is null", FILE_OF("\"user\":\"a\",\"file\":null")},
        {"an entry that is null", NAMED("\"entries\":[null]")},
        {"an entry that is a string", NAMED("\"entries\":[\"" HOST "\"]")},
        {"an entry without a host", NAMED("\"entries\":[{\"hash\":\"00\"}]")},
        {"an entry without a hash", NAMED("\"entries\":[{\"host\":\"" HOST "\"}]")},
        {"a host that is a number", NAMED("\"entries\":[{\"host\":1,\"hash\":\"00\"}]")},
        {"a hash that is a number", NAMED("\"entries\":[{\"host\":\"" HOST "\",\"hash\":1}]")},
        {"a hash that is empty", NAMED("\"entries\":[{\"host\":\"" HOST "\",\"hash\":\"\"}]")},
        {"a hash that is not hexadecimal",
                NAMED("\"entries\":[{\"host\":\"" HOST "\",\"hash\":\"xyz\"}]")},
        {"a finding that is a number", NAMED("\"findings\":[1]")},
        {"a finding that is null", NAMED("\"findings\":[\"a\",null]")},
        {"a bad file after a good one",
                "{\"version\":1,\"files\":[{\"user\":\"a\",\"file\":\"b\"},{}]}"},
};

static void check_refused(const char *text)
{
	struct written record = {.n_files = 12345}, before = record;
	struct reason reason = {};

	if (!CHECK_INT(written_parse(text, strlen(text), &record, &reason), -EBADMSG)) {
		written_done(&record);
		return;
	}
	CHECK(memcmp(&record, &before, sizeof(before)) == 0);
	CHECK_STRING(reason.code, "bad-state");
	CHECK(strstr(reason.text, RECORD_FILE) && strstr(reason.text, "remove it"));
	CHECK_INT(written_parse(text, strlen(text), &record, NULL), -EBADMSG);
}

static void test_malformed(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(malformed); i++) {
		tap_begin("refused: %s", malformed[i].name);
		check_refused(malformed[i].text);
		tap_end();
	}
}

static void test_lenient(void)
{
	static const char text[] = NAMED("\"new\":{},\"since\":\"someday\",\"entries\":[]");
	_cleanup_(written_done) struct written record = {};

	tap_begin("an invalid time is 0, and unknown members are ignored");
	CHECK_INT(written_parse(text, strlen(text), &record, NULL), 0);
	CHECK(record.n_files == 1 && record.files[0].since == 0);
	tap_end();
}

static void test_find(void)
{
	_cleanup_(written_done) struct written record = {};

	tap_begin("a file is found by its user and its name in the ini");
	add_file(&record, "alice", "~/a");
	add_file(&record, "alice", "~/b");
	add_file(&record, "bob", "~/a");
	CHECK(written_find(&record, "alice", "~/a") == &record.files[0]);
	CHECK(written_find(&record, "alice", "~/b") == &record.files[1]);
	CHECK(written_find(&record, "bob", "~/a") == &record.files[2]);
	CHECK(!written_find(&record, "bob", "~/b") && !written_find(&record, "Bob", "~/a"));
	CHECK(!written_find(&(struct written){}, "bob", "~/a"));
	tap_end();
}

static char directory[] = "/tmp/test-record.XXXXXX";

static void test_load_nothing(const struct paths *paths)
{
	struct written record = {.n_files = 7};
	struct reason reason = {};

	tap_begin("a missing record is empty");
	CHECK_INT(written_load(paths, &record, &reason), 0);
	CHECK_INT(record.n_files, 0);
	tap_end();
}

static void test_save(const struct paths *paths, const char *path)
{
	_cleanup_(written_done) struct written record = {}, back = {}, same = {}, other = {};
	struct stat first = {}, second = {};
	struct reason reason = {};

	tap_begin("a saved record is loaded, and has mode 0600");
	fill(&record);
	CHECK_INT(written_save(paths, &record, &(struct written){}, &reason), 0);
	CHECK_INT(written_load(paths, &back, &reason), 0);
	check_same(&back, &record);
	CHECK_INT(stat(path, &first), 0);
	CHECK_INT(first.st_mode, S_IFREG | 0600);
	tap_end();

	tap_begin("an unchanged record is not written");
	fill(&same);
	CHECK_INT(written_save(paths, &same, &record, &reason), 0);
	CHECK_INT(stat(path, &second), 0);
	CHECK(first.st_ino == second.st_ino && first.st_mtim.tv_nsec == second.st_mtim.tv_nsec);
	add_file(&other, "dave", "~/x");
	CHECK_INT(written_save(paths, &other, &record, &reason), 0);
	CHECK_INT(stat(path, &second), 0);
	CHECK(first.st_ino != second.st_ino);
	tap_end();
}

static void check_load_fails(const struct paths *paths, int error, const char *code)
{
	struct written record = {.n_files = 12345};
	struct reason reason = {};

	CHECK_INT(written_load(paths, &record, &reason), -error);
	CHECK_INT(record.n_files, 12345);
	CHECK_STRING(reason.code, code);
	CHECK(strstr(reason.text, paths->record_dir) == reason.text);
	CHECK(strstr(reason.text, RECORD_FILE));
}

static void test_load_failures(const struct paths *paths, const char *path)
{
	int fd = open(path, O_WRONLY | O_TRUNC);

	tap_begin("an empty, too large or special record file is an error that names it");
	check_load_fails(paths, EBADMSG, "bad-state");
	CHECK_INT(ftruncate(fd, RECORD_MAX_SIZE + 1), 0);
	close(fd);
	check_load_fails(paths, EFBIG, "state-unreadable");
	CHECK_INT(unlink(path), 0);
	CHECK_INT(mkdir(path, 0700), 0);
	check_load_fails(paths, EISDIR, "state-unreadable");
	CHECK_INT(rmdir(path), 0);
	CHECK_INT(mkfifo(path, 0600), 0);
	check_load_fails(paths, EINVAL, "state-unreadable");
	CHECK_INT(unlink(path), 0);
	tap_end();
}

static void test_save_failure(void)
{
	struct paths paths = {.record_dir = (char *)"/nonexistent/record"};
	_cleanup_(written_done) struct written record = {};
	struct reason reason = {};

	tap_begin("a failure to save the record is an error that names it");
	add_file(&record, "alice", "~/a");
	CHECK_INT(written_save(&paths, &record, &(struct written){}, &reason), -ENOENT);
	CHECK_STRING(reason.code, "state-unwritable");
	CHECK(strstr(reason.text, "/nonexistent/record/" RECORD_FILE));
	tap_end();
}

static void test_hash(void)
{
	tap_begin("written_hash() is FNV-1a");
	CHECK(written_hash("", 0) == UINT64_C(0xcbf29ce484222325));
	CHECK(written_hash("a", 1) == UINT64_C(0xaf63dc4c8601ec8c));
	CHECK(written_hash("foobar", 6) == UINT64_C(0x85944171f73967e8));
	CHECK(written_hash("\xff", 1) != written_hash("\x7f", 1));
	tap_end();
}

int main(void)
{
	struct paths paths = {.record_dir = mkdtemp(directory)};
	_cleanup_(freep) char *path = xasprintf("%s/%s", directory, RECORD_FILE);

	test_hash();
	test_round_trips();
	test_malformed();
	test_lenient();
	test_find();
	test_load_nothing(&paths);
	test_save(&paths, path);
	test_load_failures(&paths, path);
	test_save_failure();
	if (rmdir(directory) < 0)
		printf("# %s: not empty\n", directory);
	return tap_finish();
}
