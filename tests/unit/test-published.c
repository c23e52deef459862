/* SPDX-License-Identifier: Apache-2.0 */
#include "state/published.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "tap.h"

static struct published_section *add_section(
        struct published *p, const char *kind, const char *name)
{
	struct published_section *s = array_append(&p->sections, &p->n_sections, sizeof(*s));

	s->kind = xstrdup(kind);
	s->name = xstrdup(name);
	return s;
}

static void make(struct published *p)
{
	struct published_section *s = add_section(p, "kubernetes", "prod");
	struct published_target *t = published_add_target(s, "secret", "team-a/ecr");

	s->hash = 0xfedcba9876543210;
	s->since = s->published_at = 1700000000;
	s->expires_at = 1700043200;
	s->failures = 3;
	s->retry_at = 1700000240;
	reason_set(&s->failure, EIO, "timeout", "the reply was \"nothing\"");
	*(char **)array_append(&s->warnings, &s->n_warnings, sizeof(char *)) = xstrdup("beware");
	published_add_host(s, "a.example.com", 1700043200);
	published_add_host(s, "b.example.com", 1700050000);
	t->uid = xstrdup("u-1");
	t->version = xstrdup("17");
	t->hash = 1;
	t->since = t->published_at = 1700000001;
	t = published_add_target(s, "service-account", "team-a/default");
	reason_set(&t->failure, EPERM, "forbidden", "no");
	add_section(p, "rancher", "prod");
}

static void test_round_trip(void)
{
	_cleanup_(published_done) struct published p = {}, again = {};
	_secret_ struct secret text = {};
	const struct published_section *s;
	const struct published_target *t;
	struct reason reason = {};

	tap_begin("round trip");
	make(&p);
	published_format(&p, &text);
	CHECK_INT(published_parse(text.data, text.size, &again, &reason), 0);
	CHECK_INT(again.n_sections, 2);
	s = published_find(&again, "kubernetes", "prod");
	if (CHECK(s)) {
		CHECK(s->hash == 0xfedcba9876543210);
		CHECK_INT(s->since, 1700000000);
		CHECK_INT(s->published_at, 1700000000);
		CHECK_INT(s->expires_at, 1700043200);
		CHECK_INT(s->retry_at, 1700000240);
		CHECK_INT(s->failures, 3);
		CHECK_STRING(s->failure.code, "timeout");
		CHECK_STRING(s->failure.text, "the reply was \"nothing\"");
		CHECK_INT(s->n_warnings, 1);
		CHECK_STRING(s->warnings[0], "beware");
		CHECK_INT(s->n_hosts, 2);
		CHECK_STRING(s->hosts[0].name, "a.example.com");
		CHECK_INT(s->hosts[1].expires_at, 1700050000);
		t = published_find_target(s, "secret", "team-a/ecr");
		CHECK(t && t->hash == 1 && t->since == 1700000001);
		CHECK_STRING(t ? t->uid : NULL, "u-1");
		CHECK_STRING(t ? t->version : NULL, "17");
		t = published_find_target(s, "service-account", "team-a/default");
		CHECK(t && !t->uid && t->hash == 0);
		CHECK_STRING(t ? t->failure.code : NULL, "forbidden");
		CHECK(!published_find_target(s, "secret", "team-a/default"));
	}
	CHECK(published_find(&again, "rancher", "prod"));
	CHECK(!published_find(&again, "rancher", "other"));
	tap_end();
}

static void test_failures(void)
{
	_cleanup_(published_done) struct published p = {};

	tap_begin("failures of a section and of its targets are counted");
	make(&p);
	CHECK_INT(published_failures(&p.sections[0]), 1);
	CHECK_STRING(published_first_failure(&p.sections[0])->code, "timeout");
	p.sections[0].failure = (struct reason){};
	CHECK_INT(published_failures(&p.sections[0]), 1);
	CHECK_STRING(published_first_failure(&p.sections[0])->code, "forbidden");
	p.sections[0].targets[1].failure = (struct reason){};
	CHECK_INT(published_failures(&p.sections[0]), 0);
	CHECK(!published_first_failure(&p.sections[0]));
	reason_set(&p.sections[0].failure, EIO, "dns", "no");
	CHECK_INT(published_failures(&p.sections[0]), 1);
	tap_end();
}

static void test_bad(const char *name, const char *text)
{
	struct published p = {};
	struct reason reason = {};

	tap_begin("%s is refused", name);
	CHECK_INT(published_parse(text, strlen(text), &p, &reason), -EBADMSG);
	CHECK_INT(p.n_sections, 0);
	CHECK(strstr(
	        reason.text, PUBLISHED_FILE " is not in the format of ecr-publish; remove it"));
	tap_end();
}

static void test_save(void)
{
	char dir[] = "/tmp/test-published-XXXXXX";
	_cleanup_(published_done) struct published p = {}, loaded = {};
	struct paths paths = {};
	struct stat first = {}, second = {};
	_cleanup_(freep) char *file = NULL;
	struct reason reason = {};

	tap_begin("an unchanged record is not written");
	make(&p);
	CHECK(mkdtemp(dir));
	paths.published_dir = dir;
	file = xasprintf("%s/" PUBLISHED_FILE, dir);
	CHECK_INT(published_load(&paths, &loaded, &reason), 0);
	CHECK_INT(loaded.n_sections, 0);
	CHECK_INT(published_save(&paths, &p, &loaded, &reason), 0);
	CHECK_INT(stat(file, &first), 0);
	CHECK_INT(first.st_mode & 0777, 0600);
	CHECK_INT(published_load(&paths, &loaded, &reason), 0);
	CHECK_INT(loaded.n_sections, 2);
	CHECK_INT(published_save(&paths, &p, &loaded, &reason), 0);
	CHECK_INT(stat(file, &second), 0);
	CHECK(first.st_ino == second.st_ino);
	p.sections[0].failures = 4;
	CHECK_INT(published_save(&paths, &p, &loaded, &reason), 0);
	CHECK_INT(stat(file, &second), 0);
	CHECK(first.st_ino != second.st_ino);
	unlink(file);
	rmdir(dir);
	CHECK_INT(published_save(&paths, &p, &loaded, &reason), -ENOENT);
	CHECK_STRING(reason.code, "state-unwritable");
	tap_end();
}

int main(void)
{
	test_round_trip();
	test_failures();
	test_bad("another version", "{\"version\":2,\"sections\":[]}");
	test_bad("text that is not JSON", "<html>");
	test_bad("an empty file", "");
	test_bad("a section without a name",
	        "{\"version\":1,\"sections\":[{\"kind\":\"kubernetes\",\"targets\":[]}]}");
	test_bad("a target without a kind",
	        "{\"version\":1,\"sections\":[{\"kind\":\"a\",\"name\":\"b\",\"targets\":[{}]}]}");
	test_bad("a host without a name",
	        "{\"version\":1,\"sections\":[{\"kind\":\"a\",\"name\":\"b\",\"targets\":[],"
	        "\"hosts\":[{}]}]}");
	test_save();
	return tap_finish();
}
