/* SPDX-License-Identifier: Apache-2.0 */
#include "write/desired.h"

#include <inttypes.h>

#include "base/alloc.h"
#include "config/config-errors.h"
#include "config/config-parse.h"
#include "tap.h"

#define NOW INT64_C(1795261200) /* 2026-11-21T11:40:00Z */
#define A "111111111111.dkr.ecr.eu-central-1.amazonaws.com"
#define B "222222222222.dkr.ecr.eu-central-1.amazonaws.com"
#define C "111111111111.dkr.ecr.us-east-1.amazonaws.com"
#define PUBLIC "public.ecr.aws"
#define DOCKER "~/.docker/config.json"

/* Members of tokens.json. */
#define FETCHED "\"fetched_at\":\"2026-11-21T00:00:00Z\","
#define VALID FETCHED "\"expires_at\":\"2026-11-21T11:40:01Z\""
#define EXPIRED FETCHED "\"expires_at\":\"2026-11-21T11:40:00Z\""
#define TOKEN(identity, service, place, authorization, rest)                                       \
	"{\"identity\":\"" identity "\",\"service\":\"" service "\"" place                         \
	",\"authorization\":\"" authorization "\"," rest "}"
#define IN(region) ",\"partition\":\"aws\",\"region\":\"" region "\""
#define ECR(region, authorization, rest) TOKEN("", "ecr", IN(region), authorization, rest)
#define ECR_PUBLIC(authorization, rest)                                                            \
	TOKEN("", "ecr-public", IN("us-east-1"), authorization, rest)
#define AUTO(host, authorization, rest)                                                            \
	TOKEN("", "ecr", "", authorization, "\"auto_host\":\"" host "\"," rest)

/* Members of written.json. */
#define FILE_OF(user, file, entries)                                                               \
	"{\"user\":\"" user "\",\"file\":\"" file "\",\"entries\":[" entries "]}"
#define ENTRY(host, hash) "{\"host\":\"" host "\",\"hash\":\"" hash "\"}"

/*
 * The desired state as text, a line per file: USER FILE: then +HOST=AUTH for what is added and
 * -HOST#HASH for what is removed; a '!' follows the file if it is not configured.
 */
static const struct {
	const char *name;
	const char *ini;
	const char *tokens;
	const char *record;
	const char *only; /* a user, or NULL */
	const char *desired;
} cases[] = {
        {"nothing is configured, nothing was written", "", "", "", NULL, ""},
        {"one token is for all accounts of its region", "[user a]\nregistries = " A " " B "\n",
                ECR("eu-central-1", "aa", VALID), "", NULL, "a " DOCKER ": +" A "=aa +" B "=aa\n"},
        {"each region has its token", "[user a]\nregistries = " A " " C "\n",
                ECR("us-east-1", "uu", VALID) "," ECR("eu-central-1", "ee", VALID), "", NULL,
                "a " DOCKER ": +" A "=ee +" C "=uu\n"},
        {"every file of a user gets every entry",
                "[user a]\nregistries = " A " " PUBLIC "\nfiles = ~/x /y\n",
                ECR("eu-central-1", "aa", VALID) "," ECR_PUBLIC("pp", VALID), "", NULL,
                "a ~/x: +" A "=aa +" PUBLIC "=pp\na /y: +" A "=aa +" PUBLIC "=pp\n"},
        {"each user gets only what is configured for it",
                "[user a]\nregistries = " A "\n[user b]\nregistries = " PUBLIC "\n",
                ECR("eu-central-1", "aa", VALID) "," ECR_PUBLIC("pp", VALID), "", NULL,
                "a " DOCKER ": +" A "=aa\nb " DOCKER ": +" PUBLIC "=pp\n"},
        {"each registry gets the token of its identity",
                "[aws prod]\n[registry " B "]\naws = prod\n[user a]\nregistries = " A " " B "\n",
                ECR("eu-central-1", "aa", VALID) "," TOKEN(
                        "prod", "ecr", IN("eu-central-1"), "bb", VALID),
                "", NULL, "a " DOCKER ": +" A "=aa +" B "=bb\n"},
        {"a [registry] with another name gets the token of its region",
                "[registry ecr.example.com]\nregion = eu-central-1\n"
                "[user a]\nregistries = ecr.example.com\n",
                ECR("eu-central-1", "aa", VALID), "", NULL, "a " DOCKER ": +ecr.example.com=aa\n"},
        {"a token that has expired is not delivered", "[user a]\nregistries = " A "\n",
                ECR("eu-central-1", "aa", EXPIRED), "", NULL, "a " DOCKER ":\n"},
        {"a missing token is not delivered", "[user a]\nregistries = " A "\n", "", "", NULL,
                "a " DOCKER ":\n"},
        {"our entry with an expired token is left alone", "[user a]\nregistries = " A "\n",
                ECR("eu-central-1", "aa", EXPIRED), FILE_OF("a", DOCKER, ENTRY(A, "1f")), NULL,
                "a " DOCKER ":\n"},
        {"our entry for ECR Public with an expired token is removed",
                "[user a]\nregistries = " PUBLIC "\n", ECR_PUBLIC("pp", EXPIRED),
                FILE_OF("a", DOCKER, ENTRY(PUBLIC, "1f")), NULL, "a " DOCKER ": -" PUBLIC "#1f\n"},
        {"our entry for ECR Public without a token is removed",
                "[user a]\nregistries = " PUBLIC "\n", "",
                FILE_OF("a", DOCKER, ENTRY(PUBLIC, "1f")), NULL, "a " DOCKER ": -" PUBLIC "#1f\n"},
        {"an entry for ECR Public that is not ours stays", "[user a]\nregistries = " PUBLIC "\n",
                ECR_PUBLIC("pp", EXPIRED), FILE_OF("a", "~/other", ""), NULL, "a " DOCKER ":\n"},
        {"a new token replaces our entry", "[user a]\nregistries = " PUBLIC "\n",
                ECR_PUBLIC("pp", VALID), FILE_OF("a", DOCKER, ENTRY(PUBLIC, "1f")), NULL,
                "a " DOCKER ": +" PUBLIC "=pp\n"},
        {"a registry that is no longer configured is removed", "[user a]\nregistries = " A "\n",
                ECR("eu-central-1", "aa", VALID),
                FILE_OF("a", DOCKER, ENTRY(A, "1") "," ENTRY(B, "2")), NULL,
                "a " DOCKER ": +" A "=aa -" B "#2\n"},
        {"all entries are removed from a file that is no longer configured",
                "[user a]\nregistries = " A "\nfiles = ~/x\n", ECR("eu-central-1", "aa", VALID),
                FILE_OF("a", DOCKER, ENTRY(A, "1") "," ENTRY(B, "2")), NULL,
                "a ~/x: +" A "=aa\na " DOCKER "!: -" A "#1 -" B "#2\n"},
        {"all entries are removed from the files of a user who is no longer configured",
                "[user a]\nregistries = " A "\n", ECR("eu-central-1", "aa", VALID),
                FILE_OF("b", DOCKER, ENTRY(A, "1")) "," FILE_OF("b", "~/x", ENTRY(B, "ff")), NULL,
                "a " DOCKER ": +" A "=aa\nb " DOCKER "!: -" A "#1\nb ~/x!: -" B "#ff\n"},
        {"all entries are removed if no user is configured", "", "",
                FILE_OF("a", DOCKER, ENTRY(A, "1")), NULL, "a " DOCKER "!: -" A "#1\n"},
        {"a file without our entries is not touched", "", "", FILE_OF("a", DOCKER, ""), NULL, ""},
        {"an entry that is ours in one user's file is not in another's",
                "[user a]\nregistries = " A "\n[user b]\nregistries = " A "\n", "",
                FILE_OF("b", DOCKER, ENTRY(B, "2")), NULL,
                "a " DOCKER ":\nb " DOCKER ": -" B "#2\n"},
        {"a hash has 64 bits", "", "",
                FILE_OF("a", DOCKER, ENTRY(A, "ffffffffffffffff") "," ENTRY(B, "0")), NULL,
                "a " DOCKER "!: -" A "#ffffffffffffffff -" B "#0\n"},
        {"auto is the host that came with the token", "[user a]\nregistries = auto\n",
                AUTO(B, "bb", VALID), "", NULL, "a " DOCKER ": +" B "=bb\n"},
        {"auto before its first token is nothing", "[user a]\nregistries = auto\n", "", "", NULL,
                "a " DOCKER ":\n"},
        {"auto without a token may be any host, so all entries stay",
                "[user a]\nregistries = auto\n", "",
                FILE_OF("a", DOCKER, ENTRY(A, "1") "," ENTRY(B, "2")), NULL, "a " DOCKER ":\n"},
        {"auto without a token keeps no entries of other files and users",
                "[user a]\nregistries = auto\n", "",
                FILE_OF("a", "~/x", ENTRY(A, "1")) "," FILE_OF("b", DOCKER, ENTRY(B, "2")), NULL,
                "a " DOCKER ":\na ~/x!: -" A "#1\nb " DOCKER "!: -" B "#2\n"},
        {"auto with an expired token keeps its host, and no other", "[user a]\nregistries = auto\n",
                AUTO(A, "aa", EXPIRED), FILE_OF("a", DOCKER, ENTRY(A, "1") "," ENTRY(B, "2")), NULL,
                "a " DOCKER ": -" B "#2\n"},
        {"auto of another account removes the old account's host", "[user a]\nregistries = auto\n",
                AUTO(B, "bb", VALID), FILE_OF("a", DOCKER, ENTRY(A, "1")), NULL,
                "a " DOCKER ": +" B "=bb -" A "#1\n"},
        {"auto and the same host by name are one entry", "[user a]\nregistries = auto " A "\n",
                AUTO(A, "aa", VALID) "," ECR("eu-central-1", "ee", VALID), "", NULL,
                "a " DOCKER ": +" A "=aa\n"},
        {"of auto and the same host by name the one with a token is used",
                "[user a]\nregistries = auto " A "\n",
                AUTO(A, "aa", EXPIRED) "," ECR("eu-central-1", "ee", VALID), "", NULL,
                "a " DOCKER ": +" A "=ee\n"},
        {"auto shares the token of the region if the ini has the region",
                "[aws]\nregion = eu-central-1\n[user a]\nregistries = auto " B "\n",
                TOKEN("", "ecr", IN("eu-central-1"), "aa", "\"auto_host\":\"" A "\"," VALID), "",
                NULL, "a " DOCKER ": +" A "=aa +" B "=aa\n"},
        {"a user without auto does not get the account's own host",
                "[user a]\nregistries = " B "\n",
                TOKEN("", "ecr", IN("eu-central-1"), "aa", "\"auto_host\":\"" A "\"," VALID), "",
                NULL, "a " DOCKER ": +" B "=aa\n"},
        {"a registry with a new identity stays until that has a token",
                "[aws prod]\n[registry " A "]\naws = prod\n[user a]\nregistries = " A "\n",
                ECR("eu-central-1", "aa", VALID), FILE_OF("a", DOCKER, ENTRY(A, "1")), NULL,
                "a " DOCKER ":\n"},
        {"in a run for some users, the others' files are not touched",
                "[user a]\nregistries = " A "\n[user b]\nregistries = " A "\n",
                ECR("eu-central-1", "aa", VALID),
                FILE_OF("a", DOCKER, ENTRY(B, "1")) "," FILE_OF(
                        "b", DOCKER, ENTRY(B, "2")) "," FILE_OF("c", DOCKER, ENTRY(B, "3")),
                "b", "b " DOCKER ": +" A "=aa -" B "#2\n"},
        {"a user who is no longer configured can be named", "[user a]\nregistries = " A "\n",
                ECR("eu-central-1", "aa", VALID), FILE_OF("c", DOCKER, ENTRY(B, "3")), "c",
                "c " DOCKER "!: -" B "#3\n"},
        {"nothing is desired for an unknown user", "[user a]\nregistries = " A "\n",
                ECR("eu-central-1", "aa", VALID), FILE_OF("a", DOCKER, ENTRY(B, "3")), "d", ""},
};

/* Workers find their user's tokens by address, so an entry must refer to the token itself. */
static bool is_of_tokens(const struct tokens *tokens, const struct secret *auth)
{
	for (size_t i = 0; i < tokens->count; i++)
		if (auth == &tokens->items[i].authorization)
			return true;
	return auth->size == 0;
}

static void describe_file(FILE *f, const char *user, const struct desired_file *file)
{
	fprintf(f, "%s %s%s:", user, file->file, file->is_configured ? "" : "!");
	for (size_t i = 0; i < file->n_entries; i++) {
		const struct desired_entry *e = &file->entries[i];

		if (e->auth->size > 0)
			fprintf(f, " +%s=%s", e->host, secret_string(e->auth));
		else
			fprintf(f, " -%s#%" PRIx64, e->host, e->hash);
	}
	fputc('\n', f);
}

static char *describe(const struct desired *desired, const struct tokens *tokens)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	for (size_t u = 0; u < desired->n_users; u++) {
		for (size_t i = 0; i < desired->users[u].n_files; i++) {
			const struct desired_file *file = &desired->users[u].files[i];

			describe_file(f, desired->users[u].name, file);
			for (size_t e = 0; e < file->n_entries; e++)
				CHECK(is_of_tokens(tokens, file->entries[e].auth));
		}
	}
	fclose(f);
	return text;
}

static void run_case(size_t i)
{
	_cleanup_(config_errors_done) struct config_errors errors = {};
	_cleanup_(config_done) struct config config = {};
	_cleanup_(tokens_done) struct tokens tokens = {};
	_cleanup_(written_done) struct written record = {};
	_cleanup_(desired_done) struct desired desired = {};
	_cleanup_(freep) char *only = xstrdup(cases[i].only ?: ""), *text = NULL;
	_cleanup_(freep) char *t = xasprintf("{\"version\":1,\"tokens\":[%s]}", cases[i].tokens);
	_cleanup_(freep) char *r = xasprintf("{\"version\":1,\"files\":[%s]}", cases[i].record);
	struct reason reason = {};

	CHECK_INT(config_parse(
	                  cases[i].ini, strlen(cases[i].ini), "test.ini", NULL, &config, &errors),
	        0);
	CHECK_INT(tokens_parse(t, strlen(t), &tokens, &reason), 0);
	CHECK_INT(written_parse(r, strlen(r), &record, &reason), 0);
	desired_make(&config, &tokens, &record, NOW, &only, cases[i].only ? 1 : 0, &desired);
	text = describe(&desired, &tokens);
	CHECK_STRING(text, cases[i].desired);
}

int main(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		tap_begin("%s", cases[i].name);
		run_case(i);
		tap_end();
	}
	return tap_finish();
}
