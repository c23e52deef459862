/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config-environment.h"

#include <errno.h>
#include <stdlib.h>

#include "config/config-errors.h"
#include "config/config-parse.h"
#include "config/plan.h"
#include "tap.h"

#define EU "123456789012.dkr.ecr.eu-central-1.amazonaws.com"
#define CHINA "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn"
#define ROLE "arn:aws:iam::210987654321:role/pull"

/* Replaces the environment. variables: NAME=VALUE, up to a NULL. */
static void set_environment(const char *const *variables)
{
	clearenv();
	for (; *variables; variables++)
		putenv((char *)*variables);
}

static void parse(const char *ini, struct config *ret)
{
	struct config_errors errors = {};

	if (!CHECK_INT(config_parse(ini, strlen(ini), "test.ini", NULL, ret, &errors), 0))
		abort();
}

static const struct {
	const char *name;
	const char *variables[8];
	const char *ini;
	const char *hosts; /* separated by blanks; "auto"; NULL: no section is added */
	bool create;
} good[] = {
        {"no section without CATTLE_URL", {"AWS_ECR_REGISTRY_IDS=123456789012"}, "", NULL},
        {"no section with a blank CATTLE_URL", {"CATTLE_URL= "}, "", NULL},
        {"the registry of the identity's own account", {"CATTLE_URL=http://rancher:8080"}, "",
                "auto"},
        {"a blank list means auto", {"CATTLE_URL=http://rancher", "AWS_ECR_REGISTRY_IDS="}, "",
                "auto"},
        {"a list of commas means auto",
                {"CATTLE_URL=http://rancher", "AWS_ECR_REGISTRY_IDS=,", "AWS_REGION=eu-central-1"},
                "", "auto"},
        {"one account",
                {"CATTLE_URL=http://rancher", "AWS_ECR_REGISTRY_IDS=123456789012",
                        "AWS_REGION=eu-central-1"},
                "", EU},
        {"accounts with blanks, a comma at the end, one of them twice",
                {"CATTLE_URL=http://rancher",
                        "AWS_ECR_REGISTRY_IDS=123456789012, 210987654321,123456789012,",
                        "AWS_REGION=eu-central-1"},
                "", EU " 210987654321.dkr.ecr.eu-central-1.amazonaws.com"},
        {"AWS_REGION overrides AWS_DEFAULT_REGION",
                {"CATTLE_URL=http://rancher", "AWS_ECR_REGISTRY_IDS=123456789012",
                        "AWS_DEFAULT_REGION=us-east-1", "AWS_REGION=eu-central-1"},
                "", EU},
        {"AWS_DEFAULT_REGION alone, of another partition",
                {"CATTLE_URL=http://rancher", "AWS_ECR_REGISTRY_IDS=123456789012",
                        "AWS_DEFAULT_REGION=cn-north-1"},
                "", CHINA},
        {"the ini's region overrides AWS_REGION",
                {"CATTLE_URL=http://rancher", "AWS_ECR_REGISTRY_IDS=123456789012",
                        "AWS_REGION=us-east-1"},
                "[aws]\nregion = eu-central-1\n", EU},
        {"AUTO_CREATE=true", {"CATTLE_URL=http://rancher", "AUTO_CREATE=true"}, "", "auto", true},
        {"AUTO_CREATE=1", {"CATTLE_URL=http://rancher", "AUTO_CREATE=1"}, "", "auto", true},
        {"AUTO_CREATE=false", {"CATTLE_URL=http://rancher", "AUTO_CREATE=false"}, "", "auto"},
        {"no section if the ini has one", {"CATTLE_URL=http://rancher"},
                "[rancher prod]\nurl = https://rancher.example.com\nregistries = " EU "\n", NULL},
};

static void check_entries(const struct config_sink *sink, const char *hosts)
{
	char text[1024] = "";

	for (size_t i = 0; i < sink->n_entries; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", i > 0 ? " " : "",
		        sink->entries[i].is_auto ? "auto" : sink->entries[i].host.name);
	CHECK_STRING(text, hosts);
}

static void test_good(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		_cleanup_(config_done) struct config config = {};
		struct reason reason = {};
		size_t before;

		tap_begin("%s", good[i].name);
		parse(good[i].ini, &config);
		before = config.n_sinks;
		set_environment(good[i].variables);
		CHECK_INT(config_add_environment(&config, &reason), 0);
		CHECK_INT(config.n_sinks - before, good[i].hosts != NULL);
		if (good[i].hosts && CHECK_INT(config.n_sinks, 1)) {
			check_entries(&config.sinks[0], good[i].hosts);
			CHECK_INT(config.sinks[0].rancher.create, good[i].create);
			CHECK(!config.sinks[0].rancher.url);
		}
		CHECK_INT(config.n_identities, 1);
		tap_end();
	}
}

static const struct {
	const char *name;
	const char *variables[8];
	const char *fragment;
} bad[] = {
        {"accounts without a region",
                {"CATTLE_URL=http://rancher", "AWS_ECR_REGISTRY_IDS=123456789012"}, "AWS_REGION"},
        {"an invalid account",
                {"CATTLE_URL=http://rancher", "AWS_ECR_REGISTRY_IDS=s3cr3t",
                        "AWS_REGION=eu-central-1"},
                "AWS_ECR_REGISTRY_IDS"},
        {"an invalid region",
                {"CATTLE_URL=http://rancher", "AWS_ECR_REGISTRY_IDS=123456789012",
                        "AWS_REGION=Europe!"},
                "AWS_REGION"},
};

static void test_bad(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		_cleanup_(config_done) struct config config = {};
		struct reason reason = {};

		tap_begin("refused: %s", bad[i].name);
		parse("", &config);
		set_environment(bad[i].variables);
		CHECK_INT(config_add_environment(&config, &reason), -EINVAL);
		CHECK(strstr(reason.text, bad[i].fragment));
		CHECK(!strstr(reason.text, "s3cr3t"));
		CHECK_INT(config.n_sinks, 0);
		tap_end();
	}
}

static const struct {
	const char *name;
	const char *variables[8];
	const char *ini;
	const char *identity; /* of the section's registry */
} roles[] = {
        {"AWS_ROLE_ARN is assumed for the section's registries",
                {"CATTLE_URL=http://rancher", "AWS_ROLE_ARN=" ROLE}, "", "AWS_ROLE_ARN"},
        {"the ini's role overrides AWS_ROLE_ARN",
                {"CATTLE_URL=http://rancher", "AWS_ROLE_ARN=" ROLE},
                "[aws]\nrole_arn = arn:aws:iam::111111111111:role/own\n", ""},
        {"AWS_ROLE_ARN of a web identity is left to the provider chain",
                {"CATTLE_URL=http://rancher", "AWS_ROLE_ARN=" ROLE,
                        "AWS_WEB_IDENTITY_TOKEN_FILE=/token"},
                "", ""},
        {"a host keeps the identity that the ini names",
                {"CATTLE_URL=http://rancher", "AWS_ROLE_ARN=" ROLE, "AWS_REGION=eu-central-1",
                        "AWS_ECR_REGISTRY_IDS=123456789012"},
                "[aws prod]\nprofile = prod\n[registry " EU "]\naws = prod\n", "prod"},
};

static void test_roles(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(roles); i++) {
		_cleanup_(config_done) struct config config = {};
		_cleanup_(plan_done) struct plan plan = {};
		const struct config_identity *identity;

		tap_begin("%s", roles[i].name);
		parse(roles[i].ini, &config);
		set_environment(roles[i].variables);
		CHECK_INT(config_add_environment(&config, NULL), 0);
		plan_make(&config, NULL, 0, &plan);
		if (CHECK_INT(plan.n_requests, 1)) {
			identity = &config.identities[plan.requests[0].identity];
			CHECK_STRING(identity->name, roles[i].identity);
			if (strcmp(roles[i].identity, "AWS_ROLE_ARN") == 0)
				CHECK_STRING(config_identity_get(identity, "role_arn"), ROLE);
		}
		tap_end();
	}
}

int main(void)
{
	test_good();
	test_bad();
	test_roles();
	return tap_finish();
}
