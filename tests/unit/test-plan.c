/* SPDX-License-Identifier: Apache-2.0 */
#include "config/plan.h"

#include "base/alloc.h"
#include "config/config-errors.h"
#include "config/config-parse.h"
#include "tap.h"

#define HOST(account, region) account ".dkr.ecr." region ".amazonaws.com"
#define A "123456789012"
#define B "210987654321"

/* The calls for an ini, one per line: IDENTITY SERVICE PARTITION REGION [fips] [dualstack]: HOSTS
 */
static const struct {
	const char *name;
	const char *ini;
	const char *only; /* a user, or NULL */
	const char *plan;
} cases[] = {
        {"nothing is configured", "[aws]\nregion = eu-central-1\n", NULL, ""},
        {"one call for all accounts of a region",
                "[user a]\nregistries = " HOST(A, "eu-central-1") " " HOST(B, "eu-central-1") "\n",
                NULL,
                " ecr aws eu-central-1: " HOST(A, "eu-central-1") " " HOST(B, "eu-central-1") "\n"},
        {"all users share a call, and each host is listed once",
                "[user a]\nregistries = " HOST(A, "eu-central-1") "\n[user b]\nregistries = " HOST(
                        A, "eu-central-1") "\n",
                NULL, " ecr aws eu-central-1: " HOST(A, "eu-central-1") "\n"},
        {"clusters share calls with users",
                "[user a]\nregistries = " HOST(A,
                        "us-east-1") "\n[kubernetes k]\nnamespaces = *\n"
                                     "registries = " HOST(A, "us-east-1") " " HOST(B,
                                             "us-east-1") "\n[rancher r]\n"
                                                          "url = https://r\ntoken_file = "
                                                          "/t\nprojects = c:p\nregistries = " HOST(
                                                                  B, "eu-west-1") "\n",
                NULL,
                " ecr aws us-east-1: " HOST(A, "us-east-1") " " HOST(
                        B, "us-east-1") "\n"
                                        " ecr aws eu-west-1: " HOST(B, "eu-west-1") "\n"},
        {"a run for one user ignores clusters",
                "[user a]\nregistries = " HOST(A, "us-east-1") "\n[kubernetes k]\nnamespaces = *\n"
                                                               "registries = " HOST(
                                                                       B, "eu-west-1") "\n",
                "a", " ecr aws us-east-1: " HOST(A, "us-east-1") "\n"},
        {"a call per region",
                "[user a]\nregistries = " HOST(A, "us-east-1") " " HOST(A, "eu-central-1") "\n",
                NULL,
                " ecr aws us-east-1: " HOST(A, "us-east-1") "\n"
                                                            " ecr aws eu-central-1: " HOST(
                                                                    A, "eu-central-1") "\n"},
        {"a call per identity",
                "[aws prod]\n[registry " HOST(
                        B, "us-east-1") "]\naws = prod\n[user a]\nregistries = " HOST(A,
                        "us-east-1") " " HOST(B, "us-east-1") "\n",
                NULL,
                " ecr aws us-east-1: " HOST(A, "us-east-1") "\n"
                                                            "prod ecr aws us-east-1: " HOST(
                                                                    B, "us-east-1") "\n"},
        {"ECR and ECR Public in one region need two calls",
                "[user a]\nregistries = public.ecr.aws " HOST(A, "us-east-1") "\n", NULL,
                " ecr-public aws us-east-1: public.ecr.aws\n"
                " ecr aws us-east-1: " HOST(A, "us-east-1") "\n"},
        {"auto without a region is a separate call",
                "[user a]\nregistries = auto " HOST(
                        A, "us-east-1") "\n[user b]\nregistries = auto\n",
                NULL, " ecr - -: auto\n ecr aws us-east-1: " HOST(A, "us-east-1") "\n"},
        {"auto shares the call of the ini's region",
                "[aws]\nregion = us-east-1\n[user a]\nregistries = auto " HOST(
                        A, "us-east-1") "\n[user b]\nregistries = auto\n",
                NULL, " ecr aws us-east-1: auto " HOST(A, "us-east-1") "\n"},
        {"auto is in the partition of the ini's region",
                "[aws]\nregion = cn-north-1\n[user a]\nregistries = " HOST(
                        A, "cn-north-1") ".cn auto\n",
                NULL, " ecr aws-cn cn-north-1: " HOST(A, "cn-north-1") ".cn auto\n"},
        {"auto in another region than a host",
                "[aws]\nregion = us-west-2\n[user a]\nregistries = auto " HOST(A, "us-east-1") "\n",
                NULL, " ecr aws us-west-2: auto\n ecr aws us-east-1: " HOST(A, "us-east-1") "\n"},
        {"one FIPS host selects the FIPS API",
                "[user a]\nregistries = " HOST(
                        A, "us-east-1") " " A ".dkr.ecr-fips.us-east-1.amazonaws.com\n",
                NULL,
                " ecr aws us-east-1 fips: " HOST(
                        A, "us-east-1") " " A ".dkr.ecr-fips.us-east-1.amazonaws.com\n"},
        {"one dual-stack host selects the dual-stack API",
                "[user a]\nregistries = " A ".dkr-ecr.us-east-1.on.aws " HOST(A, "us-east-1") "\n",
                NULL,
                " ecr aws us-east-1 dualstack: " A
                ".dkr-ecr.us-east-1.on.aws " HOST(A, "us-east-1") "\n"},
        {"FIPS and dual stack, from two users",
                "[user a]\nregistries = " A ".dkr-ecr.us-east-1.on.aws\n[user b]\nregistries = " A
                ".dkr.ecr-fips.us-east-1.amazonaws.com\n",
                NULL,
                " ecr aws us-east-1 fips dualstack: " A ".dkr-ecr.us-east-1.on.aws " A
                ".dkr.ecr-fips.us-east-1.amazonaws.com\n"},
        {"another partition", "[user a]\nregistries = " HOST(A, "cn-north-1") ".cn\n", NULL,
                " ecr aws-cn cn-north-1: " HOST(A, "cn-north-1") ".cn\n"},
        {"the same region name in two partitions is two regions",
                "[user a]\nregistries = " HOST(A, "cn-north-1") ".cn " HOST(A, "cn-north-1") "\n",
                NULL,
                " ecr aws-cn cn-north-1: " HOST(A, "cn-north-1") ".cn\n"
                                                                 " ecr aws cn-north-1: " HOST(
                                                                         A, "cn-north-1") "\n"},
        {"an administrator's own host name",
                "[registry ecr.example.com]\nregion = us-gov-west-1\n"
                "[user a]\nregistries = ecr.example.com\n",
                NULL, " ecr aws-us-gov us-gov-west-1: ecr.example.com\n"},
        {"only one user", "[user a]\nregistries = auto\n[user b]\nregistries = public.ecr.aws\n",
                "b", " ecr-public aws us-east-1: public.ecr.aws\n"},
        {"an unconfigured user", "[user a]\nregistries = auto\n", "b", ""},
        {"an unused registry", "[registry ecr.example.com]\nregion = us-east-1\n", NULL, ""},
};

static char *describe(const struct plan *plan)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	for (size_t i = 0; i < plan->n_requests; i++) {
		const struct token_request *r = &plan->requests[i];

		fprintf(f, "%s %s %s %s%s%s:", r->key.identity, aws_service_name(r->key.service),
		        r->key.partition ? r->key.partition->name : "-",
		        r->key.region[0] ? r->key.region : "-", r->fips ? " fips" : "",
		        r->dualstack ? " dualstack" : "");
		for (size_t h = 0; h < r->n_hosts; h++)
			fprintf(f, " %s", r->hosts[h]);
		fputc('\n', f);
	}
	fclose(f);
	return text;
}

/* The writer requires that the key of each entry is the key of exactly one request. */
static void check_keys(const struct config *config, const struct plan *plan)
{
	for (size_t u = 0; u < config->n_users; u++) {
		for (size_t e = 0; e < config->users[u].n_entries; e++) {
			struct token_key key = plan_key(config, &config->users[u].entries[e]);
			unsigned found = 0;

			for (size_t i = 0; i < plan->n_requests; i++)
				found += token_key_equal(&key, &plan->requests[i].key);
			CHECK_INT(found, 1);
		}
	}
	for (size_t i = 0; i < plan->n_requests; i++) {
		const struct token_request *r = &plan->requests[i];

		CHECK_STRING(config->identities[r->identity].name, r->key.identity);
		CHECK(r->is_auto || r->key.region[0]);
		CHECK_INT(!r->key.partition, !r->key.region[0]);
	}
}

int main(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(config_errors_done) struct config_errors errors = {};
		_cleanup_(config_done) struct config config = {};
		_cleanup_(plan_done) struct plan plan = {};
		_cleanup_(freep) char *text = NULL, *only = xstrdup(cases[i].only ?: "");

		tap_begin("%s", cases[i].name);
		if (!CHECK_INT(config_parse(cases[i].ini, strlen(cases[i].ini), "test.ini", NULL,
		                       &config, &errors),
		            0))
			printf("# %s\n", errors.messages[0]);
		plan_make(&config, &only, cases[i].only ? 1 : 0, &plan);
		text = describe(&plan);
		CHECK_STRING(text, cases[i].plan);
		if (!cases[i].only)
			check_keys(&config, &plan);
		tap_end();
	}
	return tap_finish();
}
