/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Secrets and growing arrays. Linked with --wrap=free, to check each block when it is freed: no
 * secret may still be in it.
 */
#include "base/secret.h"

#include <malloc.h>
#include <stdint.h>
#include <sys/wait.h>

#include "base/alloc.h"
#include "tap.h"

#define MARK "correct horse battery staple"

static unsigned freed_with_mark;

void __real_free(void *p);
void __wrap_free(void *p);

void __wrap_free(void *p)
{
	size_t size = p ? malloc_usable_size(p) : 0;

	if (size > 0 && memmem(p, size, MARK, strlen(MARK)))
		freed_with_mark++;
	__real_free(p);
}

/* Checks the wrapping: without it the other cases could not fail. */
static void test_wrap(void)
{
	char *s = xstrdup("- " MARK);

	tap_begin("a block that is freed with a secret in it is noticed");
	free(s);
	CHECK_INT(freed_with_mark, 1);
	freed_with_mark = 0;
	tap_end();
}

static void test_empty(void)
{
	_secret_ struct secret s = {}, t = {};

	tap_begin("an empty secret is an empty string");
	CHECK_STRING(secret_string(&s), "");
	CHECK(secret_equal(&s, &t));
	secret_append(&s, NULL, 0);
	CHECK_STRING(secret_string(&s), "");
	CHECK(secret_equal(&s, &t));
	secret_set(&t, NULL, 0);
	CHECK_INT(t.size, 0);
	secret_done(&s);
	secret_done(&s);
	CHECK(!s.data);
	tap_end();
}

static void test_append(void)
{
	_secret_ struct secret s = {};
	char expected[20000];
	size_t n = 0;

	tap_begin("pieces of any size are appended, followed by a NUL");
	for (size_t piece = 0; n + piece < sizeof(expected); piece++) {
		memset(expected + n, (int)('a' + piece % 26), piece);
		secret_append(&s, expected + n, piece);
		n += piece;
		if (s.size != n || s.data[n] != '\0' || memcmp(s.data, expected, n) != 0)
			break;
	}
	CHECK_INT(s.size, n);
	CHECK(n > 19000 && memcmp(s.data, expected, n) == 0);
	tap_end();

	tap_begin("a secret may contain NUL bytes");
	secret_set(&s, "a\0b", 3);
	secret_append(&s, "\0", 1);
	CHECK_INT(s.size, 4);
	CHECK(memcmp(s.data, "a\0b\0", 5) == 0);
	tap_end();
}

static void test_reserve(void)
{
	_secret_ struct secret s = {};
	char *room;

	tap_begin("reserved room follows the contents and may be used in part");
	secret_set_string(&s, "head ");
	room = secret_reserve(&s, 1000);
	memset(room, 'x', 1000);
	memcpy(room, "tail", 4);
	secret_grown(&s, 4);
	CHECK_STRING(secret_string(&s), "head tail");
	CHECK_INT(s.size, 9);
	secret_append_string(&s, "!");
	CHECK_STRING(secret_string(&s), "head tail!");
	tap_end();
}

static void test_set_and_move(void)
{
	_secret_ struct secret a = {}, b = {};

	tap_begin("setting replaces the contents, also by a part of them");
	secret_set_string(&a, "something long");
	secret_set_string(&a, "short");
	CHECK_STRING(secret_string(&a), "short");
	secret_set(&a, a.data + 1, 3);
	CHECK_STRING(secret_string(&a), "hor");
	tap_end();

	tap_begin("moving leaves the source empty and usable");
	secret_set_string(&b, "in the way");
	secret_move(&b, &a);
	CHECK_STRING(secret_string(&b), "hor");
	CHECK(!a.data && a.size == 0);
	secret_append_string(&a, "again");
	CHECK_STRING(secret_string(&a), "again");
	CHECK_STRING(secret_string(&b), "hor");
	tap_end();
}

static void test_equal(void)
{
	static const struct {
		const char *a, *b;
		size_t a_size, b_size;
		bool equal;
	} cases[] = {
	        {"", "", 0, 0, true},
	        {"a", "a", 1, 1, true},
	        {"a", "b", 1, 1, false},
	        {"a", "ab", 1, 2, false},
	        {"a\0b", "a\0c", 3, 3, false},
	        {"a\0", "a", 2, 1, false},
	};

	tap_begin("secrets with the same bytes are equal");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_secret_ struct secret a = {}, b = {};

		secret_set(&a, cases[i].a, cases[i].a_size);
		secret_set(&b, cases[i].b, cases[i].b_size);
		CHECK_INT(secret_equal(&a, &b), cases[i].equal);
		CHECK_INT(secret_equal(&b, &a), cases[i].equal);
	}
	tap_end();
}

static void grow(struct secret *s)
{
	for (unsigned i = 0; i < 200; i++)
		secret_append_string(s, MARK);
}

static void test_wiped(void)
{
	struct secret s = {}, t = {};
	char *copy;

	tap_begin("no block is freed with a secret in it");
	freed_with_mark = 0;
	grow(&s);
	CHECK_INT(freed_with_mark, 0); /* the blocks that it outgrew */
	secret_set_string(&s, MARK);
	CHECK_INT(freed_with_mark, 0); /* replaced */
	grow(&t);
	secret_move(&t, &s);
	CHECK_INT(freed_with_mark, 0); /* moved over */
	copy = xstrdup(secret_string(&t));
	secret_done(&t);
	CHECK_INT(freed_with_mark, 0);
	secret_free_string(copy);
	secret_free_string(NULL);
	CHECK_INT(freed_with_mark, 0);
	tap_end();

	tap_begin("bytes read beyond the counted ones are also overwritten");
	memcpy(secret_reserve(&s, 100), MARK, strlen(MARK));
	secret_done(&s);
	CHECK_INT(freed_with_mark, 0);
	tap_end();
}

static bool is_zero(const char *p, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (p[i])
			return false;
	return true;
}

static void test_array(size_t size)
{
	_cleanup_(freep) char *array = NULL;
	size_t count = 0, wrong = 0;

	tap_begin("an array of elements of %zu bytes grows one by one", size);
	for (size_t i = 0; i < 3000; i++) {
		char *element = array_append(&array, &count, size);

		wrong += element != array + i * size || !is_zero(element, size);
		memset(element, (int)(1 + i % 255), size);
	}
	CHECK_INT(count, 3000);
	for (size_t i = 0; i < count * size; i++)
		wrong += (unsigned char)array[i] != 1 + i / size % 255;
	CHECK_INT(wrong, 0);
	tap_end();
}

/* Runs in a child, which is expected to exit. */
static void exhaust_memory(void)
{
	volatile size_t half = SIZE_MAX / 2;

	if (!freopen("/dev/null", "w", stderr))
		_exit(99);
	xreallocarray(NULL, half, 4);
	_exit(0);
}

static void test_no_memory(void)
{
	int status = 0;
	pid_t pid;

	tap_begin("running out of memory ends the process with a failure");
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		exhaust_memory();
	waitpid(pid, &status, 0);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == EXIT_FAILURE);
	tap_end();
}

int main(void)
{
	test_wrap();
	test_empty();
	test_append();
	test_reserve();
	test_set_and_move();
	test_equal();
	test_wiped();
	test_array(1);
	test_array(7);
	test_array(sizeof(void *));
	test_array(4096);
	test_no_memory();
	return tap_finish();
}
