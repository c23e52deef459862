/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/api/sigv4.h"

#include <dirent.h>
#include <errno.h>
#include <strings.h>

#include "conformance.h"

#define ACCESS_KEY_ID "AKIDEXAMPLE"
#define SECRET_ACCESS_KEY "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
#define HEADERS_MAX 16
#define DEPTH_MAX 4

/* A request as text, parsed in place. */
struct parsed {
	char text[16384];
	struct sigv4_header headers[HEADERS_MAX];
	struct sigv4_request request;
};

static bool read_text(const char *path, char *buffer, size_t size)
{
	FILE *f = fopen(path, "r");
	size_t n, kept = 0;

	if (!f)
		return false;
	n = fread(buffer, 1, size - 1, f);
	fclose(f);
	for (size_t i = 0; i < n; i++) /* some files have CRLF; the hashes are of text with LF */
		if (buffer[i] != '\r')
			buffer[kept++] = buffer[i];
	buffer[kept] = '\0';
	return n < size - 1;
}

/* Cuts the string at this character, and returns the rest. */
static char *cut(char *s, char c)
{
	char *end = strchrnul(s, c);

	if (!*end)
		return end;
	*end = '\0';
	return end + 1;
}

static const char *find_value(const struct parsed *p, const char *name)
{
	for (size_t i = 0; i < p->request.n_headers; i++)
		if (strcasecmp(p->headers[i].name, name) == 0)
			return p->headers[i].value;
	return NULL;
}

static void add_header(struct parsed *p, const char *name, const char *value)
{
	if (p->request.n_headers < HEADERS_MAX)
		p->headers[p->request.n_headers++] = (struct sigv4_header){name, value};
}

/* Reads a header with its folded lines; returns the rest. */
static char *parse_header(struct parsed *p, char *line)
{
	char *end = strchrnul(line, '\n');

	while (end[0] && (end[1] == ' ' || end[1] == '\t'))
		end = strchrnul(end + 1, '\n');
	if (*end)
		*end++ = '\0';
	add_header(p, line, cut(line, ':'));
	return end;
}

static void parse_target(struct parsed *p, char *target)
{
	p->request.query = cut(target, '?');
	p->request.path = target;
}

static void parse_request(struct parsed *p)
{
	char *rest = cut(p->text, '\n'), *target = cut(p->text, ' '),
	     *version = strrchr(target, ' ');

	if (version)
		*version = '\0';
	p->request = (struct sigv4_request){.method = p->text, .headers = p->headers};
	parse_target(p, target);
	while (*rest && *rest != '\n')
		rest = parse_header(p, rest);
	p->request.body = rest + (*rest == '\n');
	p->request.body_size = strlen(p->request.body);
}

/* As in botocore's test: if the canonical request has a token, so do the credentials. */
static void add_session_token(struct parsed *p, const char *canonical_request)
{
	static char token[4096];
	static const char name[] = "x-amz-security-token:";
	const char *found = strstr(canonical_request, name);

	if (!found || find_value(p, "X-Amz-Security-Token"))
		return;
	snprintf(token, sizeof(token), "%s", found + strlen(name));
	cut(token, '\n');
	add_header(p, "X-Amz-Security-Token", token);
}

static bool read_part(
        const char *folder, const char *name, const char *extension, char *buffer, size_t size)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/%s.%s", folder, name, extension) >= (int)sizeof(path))
		return false;
	return read_text(path, buffer, size);
}

static void check_suite_case(const char *folder, const char *name)
{
	static char canonical[16384], string[16384], authorization[16384];
	static struct parsed p;
	_secret_ struct secret key = {}, ours = {}, our_string = {}, our_authorization = {};
	struct sigv4_scope scope = {.region = "us-east-1", .service = "service"};

	if (!CHECK(read_part(folder, name, "req", p.text, sizeof(p.text))) ||
	        !CHECK(read_part(folder, name, "creq", canonical, sizeof(canonical))) ||
	        !CHECK(read_part(folder, name, "sts", string, sizeof(string))) ||
	        !CHECK(read_part(folder, name, "authz", authorization, sizeof(authorization))))
		return;
	parse_request(&p);
	add_session_token(&p, canonical);
	scope.date = find_value(&p, "X-Amz-Date");
	if (!CHECK(scope.date))
		return;
	secret_set_string(&key, SECRET_ACCESS_KEY);
	CHECK_INT(sigv4_canonical_request(&p.request, &ours), 0);
	CHECK_STRING(secret_string(&ours), canonical);
	CHECK_INT(sigv4_string_to_sign(SIGV4_HMAC, &scope, &ours, &our_string), 0);
	CHECK_STRING(secret_string(&our_string), string);
	CHECK_INT(sigv4_authorize(&p.request, &scope, ACCESS_KEY_ID, &key, &our_authorization), 0);
	CHECK_STRING(secret_string(&our_authorization), authorization);
}

/*
 * The suite's folders are nested; a case is a folder with a request of its name. Returns their
 * number.
 */
static unsigned walk_suite(const char *folder, unsigned depth)
{
	struct dirent **entries;
	unsigned cases = 0;
	int n = scandir(folder, &entries, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		const char *name = entries[i]->d_name;
		size_t size = strlen(name);
		char path[PATH_MAX], stem[256];

		if (entries[i]->d_type == DT_DIR && name[0] != '.' && depth < DEPTH_MAX &&
		        snprintf(path, sizeof(path), "%s/%s", folder, name) < (int)sizeof(path))
			cases += walk_suite(path, depth + 1);
		if (size > 4 && strcmp(name + size - 4, ".req") == 0) {
			snprintf(stem, sizeof(stem), "%.*s", (int)size - 4, name);
			tap_begin("%s", stem);
			check_suite_case(folder, stem);
			tap_end();
			cases++;
		}
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
	return cases;
}

/* Returns the bytes of a body that the log shows in Python's syntax. */
static void unquote_body(struct parsed *p, char *body)
{
	size_t size = strlen(body);

	if (strncmp(body, "b'", 2) == 0 && size > 2) {
		body[size - 1] = '\0';
		body += 2;
	}
	p->request.body = body;
	p->request.body_size = strlen(body);
}

/* Reports whether "…, SignedHeaders=a;b, …" names this header. */
static bool is_signed(const char *authorization, const char *name)
{
	const char *list = strstr(authorization, "SignedHeaders=");
	size_t size = strlen(name);

	for (list += strlen("SignedHeaders="); *list && *list != ','; list += *list == ';') {
		size_t n = strcspn(list, ";,");

		if (n == size && strncasecmp(list, name, n) == 0)
			return true;
		list += n;
	}
	return false;
}

/* Keeps the headers that were signed. */
static void keep_signed(struct parsed *p, const char *authorization)
{
	size_t kept = 0;

	for (size_t i = 0; i < p->request.n_headers; i++)
		if (is_signed(authorization, p->headers[i].name))
			p->headers[kept++] = p->headers[i];
	p->request.n_headers = kept;
}

/* "POST https://host/path", then "   Name: value" lines, the last of which is the body. */
static void parse_wire(struct parsed *p)
{
	char *rest = cut(p->text, '\n'), *url = cut(p->text, ' ');
	char *host = strstr(url, "://") + 3, *path = strchr(host, '/');
	static char target[4096];

	snprintf(target, sizeof(target), "%s", path);
	*path = '\0';
	p->request = (struct sigv4_request){.method = p->text, .headers = p->headers};
	parse_target(p, target);
	add_header(p, "Host", host);
	while (*rest) {
		char *line = rest + strspn(rest, " "), *value;

		rest = cut(line, '\n');
		value = cut(line, ':');
		value += strspn(value, " ");
		if (strcmp(line, "body") == 0)
			unquote_body(p, value);
		else
			add_header(p, line, value);
	}
}

/* Copies region and service of "Credential=ID/DATE/REGION/SERVICE/…". */
static bool read_scope(const char *authorization, char copy[static 256], struct sigv4_scope *ret)
{
	const char *credential = strstr(authorization, "Credential=" ACCESS_KEY_ID "/");
	char *region, *service;

	if (!credential)
		return false;
	snprintf(copy, 256, "%s", credential + strlen("Credential=" ACCESS_KEY_ID "/"));
	region = cut(copy, '/');
	service = cut(region, '/');
	cut(service, '/');
	ret->region = region;
	ret->service = service;
	return true;
}

/* All but the signature: the secret key of these requests is unknown. */
static void check_wire(struct parsed *p, const char *authorization)
{
	_secret_ struct secret key = {}, ours = {};
	struct sigv4_scope scope = {.date = find_value(p, "X-Amz-Date")};
	const char *signature = strstr(authorization, "Signature=");
	char copy[256], theirs[512];

	if (!CHECK(read_scope(authorization, copy, &scope) && scope.date && signature))
		return;
	secret_set_string(&key, SECRET_ACCESS_KEY);
	keep_signed(p, authorization);
	CHECK_INT(sigv4_authorize(&p->request, &scope, ACCESS_KEY_ID, &key, &ours), 0);
	CHECK_INT((long long)ours.size, (long long)strlen(authorization));
	ours.data[signature - authorization] = '\0';
	snprintf(theirs, sizeof(theirs), "%.*s", (int)(signature - authorization), authorization);
	CHECK_STRING(ours.data, theirs);
}

static void wire_case(struct parsed *p)
{
	const char *authorization;
	char name[512];

	parse_wire(p);
	snprintf(name, sizeof(name), "on the wire: %s %s %.40s", p->request.method,
	        p->headers[0].value, (const char *)p->request.body);
	authorization = find_value(p, "Authorization");
	if (!authorization) {
		tap_skip(name, "the request is not signed");
		return;
	}
	tap_begin("%s", name);
	check_wire(p, authorization);
	tap_end();
}

/* A line without indentation begins a request. */
static void wire_cases(const char *path)
{
	static char text[65536];
	static struct parsed p;
	char *rest = text;

	if (!read_text(path, text, sizeof(text))) {
		conformance_fail(path, "is too large");
		return;
	}
	while (*rest) {
		char *end = strchrnul(rest, '\n');

		while (end[0] && end[1] == ' ')
			end = strchrnul(end + 1, '\n');
		snprintf(p.text, sizeof(p.text), "%.*s", (int)(end - rest), rest);
		rest = end + (*end == '\n');
		wire_case(&p);
	}
}

static const struct sigv4_header plain_headers[] = {
        {"Host", "example.amazonaws.com"},
        {"X-Amz-Date", "20150830T123600Z"},
};

/* The first three lines of a canonical request. */
static void canonical_head(const char *path, const char *query, char ret[static 512])
{
	_secret_ struct secret canonical = {};
	struct sigv4_request request = {.method = "GET",
	        .path = path,
	        .query = query,
	        .headers = plain_headers,
	        .n_headers = 2};
	const char *end;

	CHECK_INT(sigv4_canonical_request(&request, &canonical), 0);
	end = strstr(secret_string(&canonical), "\nhost:");
	snprintf(
	        ret, 512, "%.*s", end ? (int)(end - canonical.data) : 0, secret_string(&canonical));
}

static void test_canonical(void)
{
	static const struct {
		const char *path, *query, *head;
	} cases[] = {
	        {"/", "", "GET\n/\n"},
	        {"", "", "GET\n/\n"},
	        {"/a/../../b", "", "GET\n/b\n"},
	        {"/a/b/..", "", "GET\n/a\n"},
	        {"/a/b/../", "", "GET\n/a/\n"},
	        {"/a/.", "", "GET\n/a\n"},
	        {"/...", "", "GET\n/...\n"},
	        {"/../", "", "GET\n/\n"},
	        /* What is encoded in the request is encoded once more. */
	        {"/a%20b/%2e", "", "GET\n/a%2520b/%252e\n"},
	        {"/", "b=2&a=1", "GET\n/\na=1&b=2"},
	        {"/", "a=2&a=1&a", "GET\n/\na=&a=1&a=2"},
	        {"/", "a-=1&a=2", "GET\n/\na=2&a-=1"},
	        {"/", "a==&&b", "GET\n/\na=%3D&b="},
	        {"/", "role_name=r%20o&x=%2f%", "GET\n/\nrole_name=r%20o&x=%2F%25"},
	        {"/", "a=%4", "GET\n/\na=%254"},
	        {"/", "a=%41&b=%zz", "GET\n/\na=A&b=%25zz"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char head[512];

		tap_begin("canonical form of \"%s?%s\"", cases[i].path, cases[i].query);
		canonical_head(cases[i].path, cases[i].query, head);
		CHECK_STRING(head, cases[i].head);
		tap_end();
	}
}

#define ECR_TARGET "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken"
#define JSON_TYPE "application/x-amz-json-1.1"

/* Our calls with a session token; the signatures are botocore 1.43's. */
static const struct {
	const char *service, *host, *path, *type, *target, *body, *signature;
} calls[] = {
        {"ecr", "api.ecr.us-east-1.amazonaws.com", "/", JSON_TYPE, ECR_TARGET, "{}",
                "243683f34428327289bd56b79a555387415f954995a1c1548f19b36aca2e3df2"},
        {"ecr-public", "api.ecr-public.us-east-1.amazonaws.com", "/", JSON_TYPE,
                "SpencerFrontendService.GetAuthorizationToken", "{}",
                "372f25a83f8dc5ae2c7f9f34d3847e9da49470293d58bb3dc2fa2a1b253491b9"},
        {"sts", "sts.us-east-1.amazonaws.com", "/",
                "application/x-www-form-urlencoded; charset=utf-8", NULL,
                "Action=GetCallerIdentity&Version=2011-06-15",
                "635e0f58a2d039c7c39cbd2c9c30ed8d4550a02f3d25e382f6ba7b252d59ab89"},
        {"ecr", "127.0.0.1:4566", "/base/a%20b", JSON_TYPE, ECR_TARGET, "{}",
                "b28925d8be35b617ca1c022f8cf4d5a76637e3a98ef0ad17b59ac07ee842a210"},
};

static void test_calls(void)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		_secret_ struct secret key = {}, ours = {};
		struct sigv4_header headers[] = {
		        {"Host", calls[i].host},
		        {"Content-Type", calls[i].type},
		        {"X-Amz-Security-Token", "TOKEN"},
		        {"X-Amz-Date", "20261121T223313Z"},
		        {"X-Amz-Target", calls[i].target},
		};
		struct sigv4_request request = {.method = "POST",
		        .path = calls[i].path,
		        .query = "",
		        .headers = headers,
		        .n_headers = calls[i].target ? 5 : 4,
		        .body = calls[i].body,
		        .body_size = strlen(calls[i].body)};

		tap_begin("signature of %s at %s", calls[i].service, calls[i].host);
		secret_set_string(&key, SECRET_ACCESS_KEY);
		CHECK_INT(sigv4_authorize(&request,
		                  &(struct sigv4_scope){
		                          "20261121T223313Z", "us-east-1", calls[i].service},
		                  ACCESS_KEY_ID, &key, &ours),
		        0);
		if (CHECK(ours.size > 64))
			CHECK_STRING(ours.data + ours.size - 64, calls[i].signature);
		CHECK(!strstr(secret_string(&ours), SECRET_ACCESS_KEY));
		tap_end();
	}
}

static void test_dates(void)
{
	static const char *const dates[] = {"", "20150830", "20150830T123600",
	        "2015-08-30T12:36:00Z", "20150830T123600Z ", "20150830t123600Z",
	        "2O150830T123600Z"};
	struct sigv4_request request = {.method = "GET",
	        .path = "/",
	        .query = "",
	        .headers = plain_headers,
	        .n_headers = 2};

	for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]); i++) {
		_secret_ struct secret key = {}, ours = {};

		tap_begin("a malformed date: \"%s\"", dates[i]);
		secret_set_string(&key, SECRET_ACCESS_KEY);
		CHECK_INT(sigv4_authorize(&request,
		                  &(struct sigv4_scope){dates[i], "us-east-1", "service"},
		                  ACCESS_KEY_ID, &key, &ours),
		        -EINVAL);
		CHECK_INT((long long)ours.size, 0);
		tap_end();
	}
}

int main(void)
{
	char path[PATH_MAX];

	if (conformance_path("sigv4", path) && walk_suite(path, 0) == 0)
		conformance_fail("sigv4", "has no cases");
	if (conformance_path("wire-requests.txt", path))
		wire_cases(path);
	test_canonical();
	test_calls();
	test_dates();
	return tap_finish();
}
