/* SPDX-License-Identifier: Apache-2.0 */
/* The requests of provider_container(), and its results. */
#include <errno.h>
#include <unistd.h>

#include "base/timestamp.h"
#include "fetch/identity/identity.h"
#include "fetch/providers/provider-container.h"
#include "http-script.h"

#define RELATIVE "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
#define FULL "AWS_CONTAINER_CREDENTIALS_FULL_URI"
#define TOKEN "AWS_CONTAINER_AUTHORIZATION_TOKEN"
#define TOKEN_FILE "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"
#define ECS "GET http://169.254.170.2/v2/TOPPATH"
#define EKS "GET http://169.254.170.23/v1/credentials"
#define KEYS                                                                                       \
	"{\"AccessKeyId\":\"ASIAX\",\"SecretAccessKey\":\"TOPSECRET\",\"Token\":\"TOPTOKEN\","     \
	"\"Expiration\":\"2199-01-01T00:00:00Z\"}"

static char token_path[] = "/tmp/test-provider-container-XXXXXX";
static struct credentials credentials;
static struct reason why;

static void write_token(const char *text)
{
	FILE *f = fopen(token_path, "we");

	if (CHECK(f)) {
		fputs(text, f);
		fclose(f);
	}
}

static int resolve(void)
{
	struct identity identity = {.deadline = monotonic_now() + 20 * UINT64_C(1000000)};

	credentials_done(&credentials);
	return provider_container(&identity, NULL, &credentials, &why);
}

#define RUN(name, lines, expected)                                                                 \
	do {                                                                                       \
		tap_begin(name);                                                                   \
		script_begin(lines);                                                               \
		CHECK_INT(resolve(), expected);                                                    \
		script_end();                                                                      \
	} while (0)

static void end(void)
{
	static const char *const variables[] = {RELATIVE, FULL, TOKEN, TOKEN_FILE};

	CHECK(!strstr(why.text, "TOP"));
	tap_end();
	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
		unsetenv(variables[i]);
	credentials_done(&credentials);
	why = (struct reason){};
}

static const struct script_line none[] = {{NULL}};

static void test_good(void)
{
	static const struct script_line ecs[] = {{ECS, "!Authorization", 0, 200, KEYS}};
	static const struct script_line again[] = {{ECS, "Accept: application/json", 0, 500, ""},
	        {ECS, NULL, -ETIMEDOUT}, {ECS, NULL, 0, 200, KEYS}};

	setenv(RELATIVE, "/v2/TOPPATH", 1);
	RUN("ECS", ecs, 1);
	CHECK_STRING(credentials.access_key_id, "ASIAX");
	CHECK_STRING(secret_string(&credentials.session_token), "TOPTOKEN");
	end();

	setenv(RELATIVE, "/v2/TOPPATH", 1);
	RUN("three attempts", again, 1);
	end();
}

static void test_tokens(void)
{
	static const struct script_line variable[] = {
	        {EKS, "Authorization: Basic TOPa b", 0, 200, KEYS}};
	static const struct script_line first[] = {{EKS, "Authorization: TOPone", 0, 200, KEYS}};
	static const struct script_line second[] = {{EKS, "Authorization: TOPtwo", 0, 200, KEYS}};
	static const struct script_line unwanted[] = {{EKS, "!Authorization", 0, 200, KEYS}};

	setenv(FULL, "http://169.254.170.23/v1/credentials", 1);
	setenv(TOKEN, "Basic TOPa b", 1);
	RUN("a token in the environment", variable, 1);
	end();

	setenv(FULL, "http://169.254.170.23/v1/credentials", 1);
	setenv(TOKEN, "TOPother", 1);
	setenv(TOKEN_FILE, token_path, 1);
	write_token("TOPone\n");
	RUN("a file has precedence", first, 1);
	write_token("TOPtwo");
	script_begin(second);
	CHECK_INT(resolve(), 1);
	script_end();
	end();

	setenv(FULL, "http://169.254.170.23/v1/credentials", 1);
	setenv(TOKEN, " ", 1);
	RUN("a blank token is ignored", unwanted, 1);
	end();
}

static void test_bad_tokens(void)
{
	static const char *const bad[] = {
	        "", "\n", "TOPa\nX: b", "TOPa\r\nX: b\r\n", "TOPa\n\n", "TOP\001"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		setenv(FULL, "http://169.254.170.23/v1/credentials", 1);
		setenv(TOKEN_FILE, token_path, 1);
		tap_begin("a token that cannot be sent, %zu", i + 1);
		write_token(bad[i]);
		script_begin(none);
		CHECK_INT(resolve(), -EINVAL);
		CHECK_INT((long long)script_position, 0);
		CHECK(strstr(why.text, TOKEN_FILE));
		end();
	}

	setenv(FULL, "http://169.254.170.23/v1/credentials", 1);
	setenv(TOKEN, "TOPa\r\nX: b", 1);
	tap_begin("a line break in the environment's token");
	script_begin(none);
	CHECK_INT(resolve(), -EINVAL);
	CHECK(strstr(why.text, TOKEN));
	end();

	setenv(FULL, "http://169.254.170.23/v1/credentials", 1);
	setenv(TOKEN_FILE, "/nonexistent/token.jwt", 1);
	tap_begin("a missing file");
	script_begin(none);
	CHECK_INT(resolve(), -ENOENT);
	CHECK(strstr(why.text, "/nonexistent/token.jwt: No such file or directory") ||
	        strstr(why.text, "No such file or directory"));
	CHECK(strstr(why.text, TOKEN_FILE));
	end();
}

static void test_bad(void)
{
	static const struct script_line silence[] = {
	        {ECS, NULL, -ETIMEDOUT}, {ECS, NULL, -ETIMEDOUT}, {ECS, NULL, -ETIMEDOUT}};
	static const struct script_line refused[] = {{ECS, NULL, 0, 400,
	        "{\"code\":\"InvalidIdInRequest\",\"message\":\"Credentials not found\"}"}};
	static const struct script_line failing[] = {
	        {ECS, NULL, 0, 503, ""}, {ECS, NULL, 0, 503, ""}, {ECS, NULL, 0, 503, ""}};
	static const struct script_line redirect[] = {{ECS, NULL, 0, 302, ""}};

	tap_begin("not configured");
	CHECK_INT(resolve(), 0);
	CHECK(strstr(why.text, RELATIVE) && strstr(why.text, FULL));
	end();

	setenv(FULL, "http://198.51.100.1/TOPPATH", 1);
	tap_begin("http to another host");
	script_begin(none);
	CHECK_INT(resolve(), -EINVAL);
	CHECK_INT((long long)script_position, 0);
	CHECK(strstr(why.text, "198.51.100.1") && strstr(why.text, "https"));
	end();

	setenv(RELATIVE, "/v2/TOPPATH", 1);
	RUN("no reply", silence, -ETIMEDOUT);
	CHECK(strstr(why.text, "169.254.170.2") && strstr(why.text, "in time"));
	end();

	setenv(RELATIVE, "/v2/TOPPATH", 1);
	RUN("a refusal", refused, -EREMOTEIO);
	CHECK_STRING(why.code, "InvalidIdInRequest");
	CHECK(strstr(why.text, "Credentials not found"));
	end();

	setenv(RELATIVE, "/v2/TOPPATH", 1);
	RUN("at most three attempts", failing, -EREMOTEIO);
	CHECK_STRING(why.code, "HTTP 503");
	end();

	setenv(RELATIVE, "/v2/TOPPATH", 1);
	RUN("a redirect is not followed", redirect, -EREMOTEIO);
	end();
}

int main(void)
{
	int fd = mkstemp(token_path);

	if (fd < 0)
		return 1;
	close(fd);
	test_good();
	test_tokens();
	test_bad_tokens();
	test_bad();
	unlink(token_path);
	return tap_finish();
}
