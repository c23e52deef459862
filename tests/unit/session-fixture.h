/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * For providers that save a session in a file: a temporary home, a network that replies from a
 * list, a clock that does not advance, and a disk that may be full. Linked with --wrap=http_call,
 * --wrap=timestamp_now and --wrap=fsync.
 */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/timespan.h"
#include "base/timestamp.h"
#include "fetch/identity/identity.h"
#include "full-disk.h"
#include "http/http.h"
#include "tap.h"

#define NOW 1763510400 /* 2025-11-19T00:00:00Z */

int __wrap_http_call(
        const struct http_request *request, struct http_reply *ret, struct reason *ret_reason);
int64_t __wrap_timestamp_now(void);

int64_t __wrap_timestamp_now(void)
{
	return NOW;
}

/* The network's next replies; with status 0 it is unreachable. */
struct add_reply {
	long status;
	const char *error_type;
	const char *body;
};

static struct add_reply replies[8];
static size_t n_replies, n_requests;

/* The requests it received. */
static struct {
	char method[8];
	char url[512];
	char body[4096];
	char headers[4096]; /* "Name: value\n" … */
} requests[8];

__attribute__((unused)) static void add_reply(long status, const char *error_type, const char *body)
{
	replies[n_replies++] = (struct add_reply){status, error_type, body};
}

static int64_t reply_date; /* their Date header; 0: none */

/* Called during the first request, as another process; or NULL. */
static void (*meanwhile)(void);

int __wrap_http_call(
        const struct http_request *request, struct http_reply *ret, struct reason *ret_reason)
{
	const struct add_reply *a = &replies[n_requests];
	size_t used = 0;

	if (n_requests >= n_replies) {
		CHECK(!"an unexpected request");
		return reason_set(ret_reason, EKEYREJECTED, "unexpected", "%s", request->url);
	}
	snprintf(requests[n_requests].method, 8, "%s", request->method);
	snprintf(requests[n_requests].url, 512, "%s", request->url);
	snprintf(requests[n_requests].body, 4096, "%.*s", (int)request->body_size,
	        request->body ? (const char *)request->body : "");
	for (size_t i = 0; i < request->n_headers; i++)
		used += (size_t)snprintf(requests[n_requests].headers + used, 4096 - used,
		        "%s: %s\n", request->headers[i].name, request->headers[i].value);
	if (n_requests++ == 0 && meanwhile)
		meanwhile();
	if (a->status == 0)
		return reason_set(ret_reason, EKEYREJECTED, "certificate-untrusted",
		        "%s: not trusted", request->url);
	*ret = (struct http_reply){.status = a->status, .date = reply_date};
	snprintf(
	        ret->error_type, sizeof(ret->error_type), "%s", a->error_type ? a->error_type : "");
	secret_set_string(&ret->body, a->body);
	return 0;
}

static char home[] = "/tmp/ecr-test-session-XXXXXX";

/* Writes a file below the home, with its directories. */
__attribute__((unused)) static void put_file(const char *name, const char *text)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", home, name);
	for (char *c = path + strlen(home) + 1; *c; c++)
		if (*c == '/') {
			*c = '\0';
			mkdir(path, 0700);
			*c = '/';
		}
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	CHECK_INT(file_write_all(fd, text, strlen(text)), 0);
	close(fd);
}

__attribute__((unused)) static const char *get_file(const char *name, struct secret *ret)
{
	char path[PATH_MAX];
	struct stat st = {};

	snprintf(path, sizeof(path), "%s/%s", home, name);
	secret_done(ret);
	CHECK_INT(file_read(AT_FDCWD, path, 1 << 20, ret), 0);
	CHECK_INT(stat(path, &st), 0);
	return secret_string(ret);
}

__attribute__((unused)) static unsigned file_mode(const char *name)
{
	char path[PATH_MAX];
	struct stat st = {};

	snprintf(path, sizeof(path), "%s/%s", home, name);
	CHECK_INT(stat(path, &st), 0);
	return st.st_mode & 07777;
}

/* Clears the home and the requests. */
static void session_reset(void)
{
	char command[PATH_MAX];

	snprintf(command, sizeof(command), "rm -rf '%s'/* '%s'/.aws", home, home);
	CHECK_INT(system(command), 0);
	n_replies = n_requests = 0;
	meanwhile = NULL;
	is_disk_full = false;
	memset(requests, 0, sizeof(requests));
}

static bool session_setup(void)
{
	static const char *const names[] = {"AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL",
	        "AWS_ENDPOINT_URL_SSO", "AWS_ENDPOINT_URL_SSO_OIDC", "AWS_ENDPOINT_URL_SIGNIN",
	        "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_CONFIG_FILE",
	        "AWS_SHARED_CREDENTIALS_FILE", "AWS_LOGIN_CACHE_DIRECTORY", "CREDENTIALS_DIRECTORY",
	        "AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		unsetenv(names[i]);
	return mkdtemp(home) && setenv("HOME", home, 1) == 0;
}

static void session_finish(void)
{
	session_reset();
	rmdir(home);
}

typedef int (*provider_function)(const struct identity *identity, const struct profile *profile,
        struct credentials *ret, struct reason *ret_reason);

/* Calls the provider for a profile of a config file. */
__attribute__((unused)) static int call_provider(provider_function provider,
        const char *config_file, const char *name, struct credentials *ret,
        struct reason *ret_reason)
{
	struct config_identity config = {.name = (char *)""};
	_cleanup_(identity_done) struct identity identity = {};
	const struct profile *profile;

	put_file(".aws/config", config_file);
	CHECK_INT(
	        identity_open(&config, monotonic_now() + 60 * USEC_PER_SEC, &identity, ret_reason),
	        0);
	profile = profile_find(&identity.profiles, PROFILE_PROFILE, name);
	if (!CHECK(profile))
		return -ENOENT;
	return provider(&identity, profile, ret, ret_reason);
}
