/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config.h"

#include <errno.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "config/config-errors.h"
#include "config/config-parse.h"
#include "tap.h"

#define A "123456789012.dkr.ecr.eu-central-1.amazonaws.com"
#define B "210987654321.dkr.ecr.us-east-1.amazonaws.com"
#define USER "[user alice]\nregistries = auto\n"
#define KUBERNETES "[kubernetes prod]\nregistries = auto\nnamespaces = *\n"
#define RANCHER "[rancher prod]\nregistries = auto\nurl = https://r\n"
#define TEN "0123456789"
#define SIXTY TEN TEN TEN TEN TEN TEN
#define LIMIT "# " SIXTY SIXTY SIXTY TEN "1234567" /* 199 characters, the most that inih reads */

/* Each has exactly one error. */
static const struct {
	const char *text;
	unsigned line;
	const char *fragment;
} wrong[] = {
        /* the shape of the file */
        {"[aws]\nregion\n", 2, "no '=' in this line; expected KEY = VALUE"},
        {"[aws]\nregion", 2, "no '='"},
        {"[aws]\nregion ; = eu-central-1\n", 2, "no '='"},
        {"[aws]\n= eu-central-1\n", 2, "no key before the '='"},
        {"[aws\nregion = eu-central-1\n", 1, "no ']'"},
        {"[aws ; the default]\nregion = eu-central-1\n", 1, "no ']'"},
        {"[aws] region = eu-central-1\n", 1, "after the ']'"},
        {"region = eu-central-1\n[aws]\n", 1, "must be below a [section]"},
        {"[aws]\n" LIMIT "8\n", 2, "the line is longer than 199 characters"},
        {"[aws]\n" LIMIT "8", 2, "the line is longer than 199 characters"},
        {"[aws]\n" LIMIT "8\r\n", 2, "the line is longer than 199 characters"},
        {"[user " LIMIT "]\nregistries = auto\n", 1, "the line is longer than 199 characters"},
        {USER " " LIMIT "8\n " A "\n", 3, "the line is longer than 199 characters"},
        {"[aws]\nregion = eu\x1b[31m\n", 2, "a control character (0x1b)"},
        {"[aws]\rregion = eu-central-1\r", 1, "a control character (0x0d)"},
        {"[aws]\nregion = eu-central-1\x7f\n", 2, "a control character (0x7f)"},
        {"[aws]\nregion = eu-central-1\n  profile = prod\n", 3, "an indented line continues"},
        {USER "  files = ~/x\n", 3, "an indented line continues"},
        {USER "  [aws]\n  region = nowhere\n", 3, "an indented '['"},
        {USER "  [aws]\nregion = nowhere\n", 3, "an indented '['"},
        {"[aws]\nregion = eu-central-1\n  \n  us-east-1\n", 4, "takes one line"},

        /* sections */
        {"[]\n", 1, "unknown section ''; expected [refresh], [aws]"},
        {"[docker]\n", 1, "unknown section 'docker'"},
        {"[docker]\nkey = value\n", 1, "unknown section 'docker'"},
        {"[kubernete prod]\n", 1, "unknown section 'kubernete'; did you mean [kubernetes NAME]?"},
        {"[AWS]\n", 1, "unknown section 'AWS'; did you mean [aws] or [aws NAME]?"},
        {"[user]\nregistries = auto\n", 1, "needs a name; expected [user NAME]"},
        {"[registry]\naws = prod\n[aws prod]\n", 1, "needs a name; expected [registry HOST]"},
        {"[refresh now]\n", 1, "takes no name; expected [refresh]"},
        {"[refresh]\n\n[refresh]\n", 3, "is defined twice (first on line 1)"},
        {"[aws]\n[aws]\n", 2, "is defined twice (first on line 1)"},
        {"[aws prod]\n[aws  prod ]\n", 2, "'prod'] is defined twice (first on line 1)"},
        {USER "[user alice]\nregistries = auto\n", 3,
                "'alice'] is defined twice (first on line 1)"},
        {"[registry " A "]\n[registry https://" A "/]\n", 2, "is defined twice (first on line 1)"},
        {"[" SIXTY "]\n", 1, "unknown section '" SIXTY "'"},
        {"[" SIXTY "12345]\n", 1, "unknown section (a text of 65 characters)"},

        /* clusters */
        {"[kubernetes]\n", 1, "needs a name; expected [kubernetes NAME]"},
        {"[kubernetes a/b]\nregistries = auto\nnamespaces = *\n", 1,
                "invalid name 'a/b' of a section [kubernetes]"},
        {KUBERNETES KUBERNETES, 4, "'prod'] is defined twice (first on line 1)"},
        {"[kubernetes prod]\nnamespaces = *\n", 1, "[kubernetes NAME] has no registries"},
        {"[kubernetes prod]\nregistries = auto\n", 1, "names no namespaces"},
        {"[kubernetes prod]\nregistries = auto\nnamespaces =\n", 3, "'namespaces' is empty"},
        {"[kubernetes prod]\nregistries = auto\nnamespaces = a,b\n", 3,
                "'a,b' in 'namespaces'; expected names of namespaces"},
        {"[kubernetes prod]\nregistries = auto\nnamespaces = a\n  b Team\n", 4, "'Team'"},
        {"[kubernetes prod]\nregistries = auto\nnamespaces = a b a\n", 3,
                "'a' is listed twice in 'namespaces'"},
        {KUBERNETES "kubeconfig = dir/config\n", 4, "expected a file, absolute or"},
        {KUBERNETES "secret = Pull\n", 4, "invalid secret 'Pull'"},
        {KUBERNETES "service_accounts = a/b\n", 4, "'a/b' in 'service_accounts'"},
        {KUBERNETES "labels = team\n", 4, "'team' in 'labels'; expected KEY=VALUE"},
        {KUBERNETES "labels = team=a team=b\n", 4, "this key is given twice in 'labels'"},
        {KUBERNETES "labels = team=a!\n", 4, "'team=a!' in 'labels'"},
        {KUBERNETES "labels = a=b\n  context = main\n", 5, "an indented line continues"},
        {KUBERNETES "annotations = why\n", 4, "'why' in 'annotations'"},
        {KUBERNETES "token = x\n", 4, "unknown key 'token' in [kubernetes]"},
        {RANCHER "secret_key = TOPSECRET\n", 4, "Rancher's keys do not belong in"},
        {RANCHER "token = TOPSECRET\n", 4, "write token_file = FILE"},
        {RANCHER RANCHER, 4, "'prod'] is defined twice (first on line 1)"},

        /* keys */
        {"[refresh]\nrenew = 50%\n", 2,
                "unknown key 'renew' in [refresh]; did you mean 'renew_at'?"},
        {"[refresh]\ninterval = 5min\n", 2,
                "unknown key 'interval' in [refresh]; expected one of renew_at, timeout, "
                "metrics_file"},
        {"[user alice]\nregistries = auto\nregistry = auto\n", 3,
                "unknown key 'registry' in [user]; did you mean 'registries'?"},
        {"[registry " A "]\nprofile = x\n", 2, "expected one of aws, region"},
        {"[aws]\nregions = eu-central-1\n", 2,
                "unknown key 'regions' in [aws]; did you mean 'region'?"},
        {"[aws]\nuser = alice\n", 2,
                "unknown key 'user' in [aws]; expected one of region, profile, config_file,"},
        {"[aws]\nRegion = eu-central-1\n", 2,
                "unknown key 'Region' in [aws]; did you mean 'region'?"},
        {"[aws]\nregion = eu-central-1\nregion = eu-central-1\n", 3,
                "'region' is given twice (first on line 2)"},
        {"[user alice]\nregistries = auto\nregistries = " A "\n " B "\n", 3,
                "'registries' is given twice (first on line 2)"},
        {"[aws]\n" SIXTY "12345 = x\n", 2, "unknown key (a text of 65 characters)"},

        /* values */
        {"[refresh]\nrenew_at = 50\n", 2, "invalid renew_at '50'; expected 1% to 90%"},
        {"[refresh]\nrenew_at = 0%\n", 2, "renew_at"},
        {"[refresh]\nrenew_at = 91%\n", 2, "renew_at"},
        {"[refresh]\nrenew_at = 100%\n", 2, "renew_at"},
        {"[refresh]\nrenew_at = -5%\n", 2, "renew_at"},
        {"[refresh]\nrenew_at = %\n", 2, "renew_at"},
        {"[refresh]\nrenew_at = 5 %\n", 2, "renew_at"},
        {"[refresh]\nrenew_at =\n", 2, "'renew_at' is empty; expected a percentage"},
        {"[refresh]\ntimeout = soon\n", 2, "invalid timeout 'soon'; expected a time span"},
        {"[refresh]\ntimeout = 999ms\n", 2, "1s to 10min"},
        {"[refresh]\ntimeout = 601s\n", 2, "1s to 10min"},
        {"[refresh]\ntimeout = 99999999999999999999h\n", 2, "1s to 10min"},
        {"[refresh]\ntimeout =\n", 2, "'timeout' is empty; expected a time span"},
        {"[refresh]\nmetrics_file = metrics.prom\n", 2, "a file with its absolute path"},
        {"[refresh]\nmetrics_file = ~/metrics.prom\n", 2, "a file with its absolute path"},
        {"[refresh]\nmetrics_file = /var/lib/\n", 2, "a file with its absolute path"},
        {"[aws]\nregion =\n", 2, "'region' is empty; expected a region"},
        {"[aws]\nregion = eu central\n", 2, "invalid region 'eu central'"},
        {"[aws]\nregion = eu-central-1 # here\n", 2, "a comment after a value begins with ' ;'"},
        {"[aws]\nconfig_file = aws/config\n", 2, "invalid config_file 'aws/config'"},
        {"[aws]\ncredentials_file = ~bob/x\n", 2, "absolute or beginning with '~/'"},
        {"[aws]\nca_bundle = /etc/ssl/\n", 2, "invalid ca_bundle"},
        {"[aws]\nrole_arn = pull\n", 2, "an ARN"},
        {"[aws]\ncredential_source = Ec2\n", 2, "Ec2InstanceMetadata"},
        {"[aws]\nduration_seconds = 899\n", 2, "900 to 43200"},
        {"[aws]\nduration_seconds = 43201\n", 2, "900 to 43200"},
        {"[aws]\nduration_seconds = 1h\n", 2, "900 to 43200"},
        {"[aws]\nuse_fips_endpoint = yes\n", 2, "true or false"},
        {"[aws]\nendpoint_url = ecr.example.com\n", 2, "invalid endpoint_url (not shown)"},
        {"[aws]\nsso_account_id = 1234\n", 2, "12 digits"},
        {"[aws]\nsts_regional_endpoints = global\n", 2, "regional or legacy"},
        {"[aws]\nrole_session_name = a b\n", 2, "2 to 64 letters"},
        {"[aws]\ncredential_process = a ; b\n", 2, "would truncate 'credential_process'"},
        {"[aws a/b]\n", 1, "invalid identity name 'a/b'"},
        {"[aws a b]\n", 1, "invalid identity name 'a b'"},
        {"[aws " SIXTY "12345]\n", 1, "invalid identity name (a text of 65 characters)"},

        /* users */
        {"[user alice]\n", 1, "the user has no registries"},
        {"[user alice]\nregistries =\n", 2, "the user has no registries"},
        {"[user alice]\nregistries = ; none\n", 2, "the user has no registries"},
        {"[user al ice]\nregistries = auto\n", 1, "'al ice' is not a user name"},
        {"[user a/b]\nregistries = auto\n", 1, "'a/b' is not a user name"},
        {"[user a:b]\nregistries = auto\n", 1, "'a:b' is not a user name"},
        {"[user ..]\nregistries = auto\n", 1, "'..' is not a user name"},
        {"[user -r]\nregistries = auto\n", 1, "'-r' is not a user name"},
        {"[user \"alice\"]\nregistries = auto\n", 1, "is not a user name"},
        {"[user bob]\nregistries = example.com\n", 2,
                "'example.com' is not a registry; expected "
                "'auto', ACCOUNT.dkr.ecr.REGION."},
        {"[user bob]\nregistries = docker.io\n", 2, "'docker.io' is not a registry"},
        {"[user bob]\nregistries = Auto\n", 2, "'Auto' is not a registry"},
        {"[user bob]\nregistries = 12345.dkr.ecr.eu-central-1.amazonaws.com\n", 2,
                "not a registry"},
        {"[user bob]\nregistries = " A ".evil.example\n", 2, "is not a registry"},
        {"[user bob]\nregistries = " A "\n  " B "\n  nope\n", 4, "'nope' is not a registry"},
        {"[user bob]\nregistries = " A ", public.ecr.aws\n", 2,
                "separate the hosts with blanks, not commas"},
        {"[user bob]\nregistries = auto # all\n", 2, "a comment after a value begins with ' ;'"},
        {"[user bob]\nregistries = auto auto\n", 2, "'auto' is listed twice"},
        {"[user bob]\nregistries = " A "\n  public.ecr.aws\n  https://" A "\n", 4,
                "is listed twice"},
        {USER "files =\n", 3, "'files' is empty"},
        {USER "files = x.json\n", 3, "'x.json' is not a file"},
        {USER "files = ~\n", 3, "'~' is not a file"},
        {USER "files = ~/\n", 3, "'~/' is not a file"},
        {USER "files = ~root/x\n", 3, "'~root/x' is not a file"},
        {USER "files = ~/a\n  ~/b\n  ~/a\n", 5, "'~/a' is listed twice"},

        /* registries */
        {"[registry ecr.example.com]\n", 1, "needs 'region = REGION'"},
        {"[registry ecr.example.com]\nregion =\n", 2, "'region' is empty"},
        {"[registry ecr.example.com]\nregion = x y\n", 2, "invalid region 'x y'"},
        {"[registry ecr.example.com]\nregion = x y\n[user a]\nregistries = ecr.example.com\n", 2,
                "invalid region 'x y'"},
        {"[registry " A "]\nregion = us-east-1\n", 2, "is eu-central-1; remove 'region'"},
        {"[registry public.ecr.aws]\nregion = eu-central-1\n", 2, "is us-east-1"},
        {"[registry a..b]\nregion = us-east-1\n", 1, "'a..b' is not a host name"},
        {"[registry auto]\nregion = us-east-1\n", 1, "'auto' is not a host name"},
        {"[registry " A "]\naws =\n", 2, "'aws' is empty"},
        {"[registry " A "]\naws = nosuch\n", 2, "there is no identity 'nosuch'"},
        {"[aws prod]\n[registry " A "]\naws = nosuch\n[aws dev]\n", 3,
                "[aws NAME], or one of prod, dev"},
};

static int parse(const char *text, const char *only_user, struct config *config,
        struct config_errors *errors)
{
	return config_parse(text, strlen(text), "test.ini", only_user, config, errors);
}

/* Checks that text has this one error, and that config is unchanged. */
static void check_error(
        const char *text, size_t size, const char *only_user, unsigned line, const char *fragment)
{
	_cleanup_(config_errors_done) struct config_errors errors = {};
	struct config config, untouched;
	_cleanup_(freep) char *prefix = xasprintf("test.ini:%u: ", line);

	memset(&config, 0x55, sizeof(config));
	untouched = config;
	CHECK_INT(config_parse(text, size, "test.ini", only_user, &config, &errors), -EINVAL);
	CHECK_INT((long long)errors.count, 1);
	CHECK(!errors.more);
	for (size_t i = 0; i < errors.count; i++)
		tap_check(strncmp(errors.messages[i], prefix, strlen(prefix)) == 0 &&
		                  strstr(errors.messages[i], fragment),
		        __FILE__, __LINE__, "%s, not line %u: %s", errors.messages[i], line,
		        fragment);
	CHECK(memcmp(&config, &untouched, sizeof(config)) == 0);
}

static void check_wrong(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		tap_begin("error %.70s", wrong[i].text);
		check_error(wrong[i].text, strlen(wrong[i].text), NULL, wrong[i].line,
		        wrong[i].fragment);
		tap_end();
	}
	tap_begin("error: a NUL byte");
	check_error("[aws]\nregion = eu\0-1\n", 21, NULL, 2, "a control character (0x00)");
	tap_end();
	tap_begin("error: a NUL byte in a section's name");
	check_error("[aws]\n[us\0er]\nx = y\n", 20, NULL, 2, "a control character (0x00)");
	tap_end();
	tap_begin("error: another user's section in a user's own file");
	check_error(USER "[user bob]\nregistries = nope\n",
	        strlen(USER "[user bob]\nregistries = nope\n"), "alice", 3,
	        "'bob' is another user; this file serves only 'alice'");
	tap_end();
}

/* Returns head and then count lines, each formatted with its number. */
static char *repeat(const char *head, const char *format, unsigned count)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	fputs(head, f);
	for (unsigned i = 0; i < count; i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		fprintf(f, format, i);
#pragma GCC diagnostic pop
	}
	fclose(f);
	return text;
}

static const struct {
	const char *name;
	const char *head;
	const char *format;
	unsigned most; /* that are accepted */
	unsigned line; /* of the first that is refused */
	const char *fragment;
} limits[] = {
        {"users", "", "[user u%u]\nregistries = auto\n", 1024, 2049, "more than 1024 sections"},
        {"registries", "", "[registry r%u]\nregion = r\n", 1024, 2049, "more than 1024 sections"},
        {"identities", "", "[aws i%u]\n", 255, 256, "more than 256 sections"},
        {"files", USER "files =\n", " ~/%u\n", 32, 36, "more than 32 files"},
        {"entries", "[user u]\nregistries =\n", " 123456789012.dkr.ecr.r%u.amazonaws.com\n", 10000,
                10003, "more than 10000 registries"},
};

static void check_limits(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		_cleanup_(config_errors_done) struct config_errors errors = {};
		_cleanup_(config_done) struct config config = {};
		_cleanup_(freep) char *most =
		        repeat(limits[i].head, limits[i].format, limits[i].most);
		_cleanup_(freep) char *over =
		        repeat(limits[i].head, limits[i].format, limits[i].most + 1);

		tap_begin("limit: %s", limits[i].name);
		CHECK_INT(parse(most, NULL, &config, &errors), 0);
		check_error(over, strlen(over), NULL, limits[i].line, limits[i].fragment);
		tap_end();
	}
	tap_begin("limit: the whole file");
	{
		_cleanup_(freep) char *big = repeat("", "#%1023u\n", 1025);

		check_error(big, strlen(big), NULL, 1, "larger than 1024 KiB");
	}
	tap_end();
}

/* No error repeats keys and tokens that were written into the ini. */
static void check_secrets(void)
{
	static const char *const texts[] = {
	        "[aws]\naws_access_key_id = TOPSECRET\n",
	        "[aws]\naws_secret_access_key = TOPSECRET\n",
	        "[aws]\naws_secret_access_key = x\n  TOPSECRET\n",
	        "[aws prod]\nAWS_Session_Token = TOPSECRET\n",
	        "[user alice]\nregistries = auto\naws_secret_access_key = TOPSECRET\n",
	        "[registry " A "]\naws_session_token = TOPSECRET\n",
	};
	static const char *const quiet[] = {
	        "[aws]\nTOPSECRET\n",
	        "[aws]\nregion = eu-central-1\n TOPSECRET\n",
	        "[aws]\nsecret = TOPSECRET\n",
	        "[aws]\nprivate_key = TOPSECRET\n",
	        "[user alice]\nregistries = auto\n" SIXTY "TOPSECRET = x\n",
	        "[user alice]\nregistries = " SIXTY "TOPSECRET\n",
	        "[user alice]\nregistries = auto\nfiles = " SIXTY "TOPSECRET\n",
	        "[user alice]\nregistries = auto\nfiles = ~/a\n  token = TOPSECRET\n",
	        "[user " SIXTY "TOPSECRET:]\nregistries = auto\n",
	        "[aws]\nregion = " SIXTY "TOPSECRET\n",
	        "[TOPSECRET\n",
	        "TOPSECRET = x\n[aws]\n",
	        "[aws]\nregion = " SIXTY SIXTY SIXTY SIXTY "TOPSECRET\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts) + ARRAY_SIZE(quiet); i++) {
		_cleanup_(config_errors_done) struct config_errors errors = {};
		_cleanup_(config_done) struct config config = {};
		bool is_key = i < ARRAY_SIZE(texts);
		const char *text = is_key ? texts[i] : quiet[i - ARRAY_SIZE(texts)];

		tap_begin("not repeated: %.60s", text);
		CHECK_INT(parse(text, NULL, &config, &errors), -EINVAL);
		for (size_t e = 0; e < errors.count; e++) {
			CHECK(!strstr(errors.messages[e], "TOPSECRET"));
			CHECK(!is_key ||
			        strstr(errors.messages[e], "LoadCredential=aws-credentials"));
		}
		tap_end();
	}
}

static void check_many_errors(void)
{
	_cleanup_(config_errors_done) struct config_errors errors = {};
	_cleanup_(config_done) struct config config = {};
	unsigned last = 0;

	tap_begin("all errors at once, ordered by line");
	CHECK_INT(parse("[user a]\nregistries = nope\n[bad]\nbroken\n[aws]\nregion = x y\n[aws]\n"
	                "[registry " A "]\naws = b\n[registry a..b]\n[registry c..d]\n",
	                  NULL, &config, &errors),
	        -EINVAL);
	CHECK_INT((long long)errors.count, 8);
	CHECK(!errors.more);
	for (size_t i = 0; i < errors.count; i++) {
		unsigned line = (unsigned)atoi(errors.messages[i] + strlen("test.ini:"));

		CHECK(line > last);
		last = line;
	}
	tap_end();

	tap_begin("at most a screen of errors, the first ones");
	{
		_cleanup_(config_errors_done) struct config_errors many = {};
		_cleanup_(freep) char *text =
		        repeat("[user a]\nregistries = nope\n", "[x%u]\n", 1000);

		CHECK_INT(parse(text, NULL, &config, &many), -EINVAL);
		CHECK_INT((long long)many.count, CONFIG_MAX_ERRORS);
		CHECK(many.more);
		CHECK(strstr(many.messages[0], "test.ini:2: 'nope'") == many.messages[0]);
		CHECK(strstr(many.messages[19], "test.ini:21: ") == many.messages[19]);
	}
	tap_end();
}

static const char example[] =
        "[refresh]\n"
        "renew_at = 50%            ; of a token's life\n"
        "timeout = 90s             ; whole network part of one run\n"
        "metrics_file =            ; Prometheus textfile\n"
        "\n"
        "[aws]                     ; the default identity\n"
        "region = eu-central-1\n"
        "[aws prod]                # a named one\n"
        "profile = prod            ; taken from config_file / credentials_file\n"
        "role_arn = arn:aws:iam::210987654321:role/pull\n"
        "external_id = 4711\n"
        "\n"
        "[user alice]\n"
        "registries = " A "\n"
        "    # a comment between\n"
        "    " B " public.ecr.aws ; a comment after\n"
        "\n"
        "\tECR.example.com\n"
        "files = ~/.docker/config.json ~/.config/containers/auth.json ; default: the first\n"
        "[user root]\n"
        "  registries = auto\n"
        "[user bob]\n"
        "registries:HTTPS://" A "/v2/\n"
        "\n"
        "[registry " B "]\n"
        "aws = prod\n"
        "[registry ecr.example.com]\n"
        "region = eu-west-1\n"
        "[registry unused.example.com]\n"
        "region = eu-west-1\n";

static void check_example_settings(const struct config *c)
{
	tap_begin("the example: settings and identities");
	CHECK_INT(c->renew_at, 500);
	CHECK_INT((long long)c->timeout_usec, 90000000);
	CHECK(!c->metrics_file);
	if (CHECK_INT((long long)c->n_identities, 2)) {
		CHECK_STRING(c->identities[0].name, "");
		CHECK_INT(c->identities[0].line, 6);
		CHECK_STRING(config_identity_get(&c->identities[0], "region"), "eu-central-1");
		CHECK(!config_identity_get(&c->identities[0], "profile"));
		CHECK_STRING(c->identities[1].name, "prod");
		CHECK_STRING(config_identity_get(&c->identities[1], "profile"), "prod");
		CHECK_STRING(config_identity_get(&c->identities[1], "role_arn"),
		        "arn:aws:iam::210987654321:role/pull");
		CHECK_INT(c->identities[1].settings[2].line, 11);
	}
	tap_end();
}

static void check_entry(
        const struct config_entry *entry, const char *host, const char *region, size_t identity)
{
	CHECK(!entry->is_auto);
	CHECK_STRING(entry->host.name, host);
	CHECK_STRING(entry->host.region, region);
	CHECK_INT((long long)entry->identity, (long long)identity);
}

static void check_example_users(const struct config *c)
{
	tap_begin("the example: users");
	if (CHECK_INT((long long)c->n_users, 3) && CHECK_INT((long long)c->users[0].n_entries, 4) &&
	        CHECK_INT((long long)c->users[1].n_entries, 1) &&
	        CHECK_INT((long long)c->users[2].n_entries, 1)) {
		const struct config_user *alice = &c->users[0], *root = &c->users[1];

		CHECK_STRING(alice->name, "alice");
		CHECK_INT(alice->line, 13);
		check_entry(&alice->entries[0], A, "eu-central-1", 0);
		check_entry(&alice->entries[1], B, "us-east-1", 1);
		check_entry(&alice->entries[2], "public.ecr.aws", "us-east-1", 0);
		CHECK_INT(alice->entries[2].host.service, SERVICE_ECR_PUBLIC);
		check_entry(&alice->entries[3], "ecr.example.com", "eu-west-1", 0);
		if (CHECK_INT((long long)alice->n_files, 2))
			CHECK_STRING(alice->files[1], "~/.config/containers/auth.json");
		CHECK_STRING(root->name, "root");
		CHECK(root->entries[0].is_auto && root->entries[0].identity == 0);
		if (CHECK_INT((long long)root->n_files, 1))
			CHECK_STRING(root->files[0], "~/.docker/config.json");
		check_entry(&c->users[2].entries[0], A, "eu-central-1", 0);
	}
	CHECK_INT((long long)c->n_registries, 3);
	tap_end();
}

/* Returns the same file as other editors write it. */
static char *with_line_ends(const char *text, const char *begin, const char *end)
{
	char *out = xstrdup(begin);

	for (const char *line = text; *line;) {
		_cleanup_(freep) char *before = out;
		size_t size = strcspn(line, "\n");

		out = xasprintf("%s%.*s%s", before, (int)size, line, line[size + 1] ? end : "");
		line += size + 1;
	}
	return out;
}

static void check_example(void)
{
	_cleanup_(freep) char *crlf = with_line_ends(example, "", "\r\n");
	_cleanup_(freep) char *bom = with_line_ends(example, "\xef\xbb\xbf", "\n");
	const char *texts[] = {example, crlf, bom};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		_cleanup_(config_errors_done) struct config_errors errors = {};
		_cleanup_(config_done) struct config config = {};

		tap_begin("accepted: %s", i == 0   ? "the example"
		                          : i == 1 ? "CRLF without a final one"
		                                   : "a BOM");
		if (!CHECK_INT(parse(texts[i], NULL, &config, &errors), 0))
			for (size_t e = 0; e < errors.count; e++)
				printf("# %s\n", errors.messages[e]);
		tap_end();
		check_example_settings(&config);
		check_example_users(&config);
	}
}

/* Files without errors. */
static void check_valid(void)
{
	static const struct {
		const char *text, *only_user;
		size_t n_users;
	} valid[] = {
	        {"", NULL, 0},
	        {"\n", NULL, 0},
	        {"\xef\xbb\xbf", NULL, 0},
	        {"# [user root]\n;registries = auto\n", NULL, 0},
	        {"[aws]\n[refresh]", NULL, 0},
	        {"[aws]\n" LIMIT "\n[user a]\nregistries=auto", NULL, 1},
	        {"[aws]\n" LIMIT "\r\n[user a]\nregistries=auto\r\n", NULL, 1},
	        {"[user a]\nregistries=auto\n" LIMIT, NULL, 1},
	        {"[aws]\n; \xe4\xf6\xfc\n", NULL, 0},
	        {"[aws default]\n[aws]\n[registry " A "]\naws = default\n", NULL, 0},
	        {"[user \xc3\xa4.b_c-1$]\nregistries = auto\n", NULL, 1},
	        {"[user DOMAIN\\alice]\nregistries = auto\n", NULL, 1},
	        {"[user a]\nregistries = \n " A "\n auto\n", NULL, 1},
	        {"[user a]\nregistries = " A " 123456789012.dkr.ecr.us-east-1.amazonaws.com\n",
	                NULL, 1},
	        {"[user a]\nregistries = auto\nfiles = ~/../x /srv/a,b.json\n", NULL, 1},
	        {"[user a]\nregistries = auto\n[user b]\nregistries = auto\n", NULL, 2},
	        {"[registry " A "]\nregion = eu-central-1\n", NULL, 0},
	        {"[refresh]\nrenew_at=1%\ntimeout=1s\nmetrics_file=/a b.prom\n", NULL, 0},
	        {"[refresh]\nrenew_at=90%\ntimeout=10min\n", NULL, 0},
	        {"[aws]\ncredential_process = sh -c 'a;b'\n", NULL, 0},
	        {USER, "alice", 1},
	        {"[aws]\nregion = eu-central-1\n", "alice", 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(valid); i++) {
		_cleanup_(config_errors_done) struct config_errors errors = {};
		_cleanup_(config_done) struct config config = {};

		tap_begin("valid: %.60s", valid[i].text);
		CHECK_INT(parse(valid[i].text, valid[i].only_user, &config, &errors), 0);
		for (size_t e = 0; e < errors.count; e++)
			CHECK_STRING(errors.messages[e], "");
		CHECK_INT((long long)config.n_users, (long long)valid[i].n_users);
		CHECK(config.n_identities >= 1 && config.identities[0].name[0] == '\0');
		tap_end();
	}
}

/* config_parse() reads only size bytes and needs no NUL after them. */
static void check_size(void)
{
	_cleanup_(config_errors_done) struct config_errors errors = {};
	_cleanup_(config_done) struct config config = {};
	static const char text[] = USER "!";
	_cleanup_(freep) char *exact = xcalloc(1, strlen(USER));

	tap_begin("only the given bytes are read");
	memcpy(exact, text, strlen(USER));
	CHECK_INT(config_parse(exact, strlen(USER), "test.ini", NULL, &config, &errors), 0);
	CHECK_INT((long long)config.n_users, 1);
	tap_end();
}

/* Each key of an identity keeps its value. */
static void check_aws_keys(void)
{
	static const struct {
		const char *key, *value;
	} keys[] = {
	        {"region", "eu-central-1"},
	        {"profile", "prod"},
	        {"config_file", "/etc/aws/config"},
	        {"credentials_file", "~/.aws/credentials"},
	        {"role_arn", "arn:aws:iam::210987654321:role/pull"},
	        {"source_profile", "base"},
	        {"credential_source", "EcsContainer"},
	        {"external_id", "a b=c:d"},
	        {"duration_seconds", "3600"},
	        {"role_session_name", "ecr@host"},
	        {"mfa_serial", "arn:aws:iam::210987654321:mfa/x"},
	        {"web_identity_token_file", "/run/token"},
	        {"credential_process", "/usr/bin/get --key='a b'"},
	        {"login_session", "arn:aws:iam::210987654321:user/x"},
	        {"sso_session", "corp"},
	        {"sso_start_url", "https://corp.awsapps.com/start"},
	        {"sso_region", "eu-west-1"},
	        {"sso_account_id", "210987654321"},
	        {"sso_role_name", "pull"},
	        {"sso_registration_scopes", "sso:account:access"},
	        {"endpoint_url", "http://[::1]:8080/"},
	        {"services", "local"},
	        {"use_fips_endpoint", "true"},
	        {"use_dualstack_endpoint", "False"},
	        {"ignore_configured_endpoint_urls", "TRUE"},
	        {"ca_bundle", "/etc/ssl/certs/ca-certificates.crt"},
	        {"sts_regional_endpoints", "regional"},
	        {"trust_anchor_arn",
	                "arn:aws:rolesanywhere:eu-central-1:210987654321:trust-anchor/x"},
	        {"profile_arn", "arn:aws:rolesanywhere:eu-central-1:210987654321:profile/x"},
	        {"certificate", "/etc/ssl/x.pem"},
	        {"private_key", "/etc/ssl/private/x.key"},
	        {"certificate_chain", "/etc/ssl/chain.pem"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		_cleanup_(config_errors_done) struct config_errors errors = {};
		_cleanup_(config_done) struct config config = {};
		_cleanup_(freep) char *text =
		        xasprintf("[aws]\n%s = %s\n", keys[i].key, keys[i].value);

		tap_begin("[aws] %s", keys[i].key);
		if (CHECK_INT(parse(text, NULL, &config, &errors), 0))
			CHECK_STRING(config_identity_get(&config.identities[0], keys[i].key),
			        keys[i].value);
		tap_end();
	}
}

static char *identity_text(const char *text)
{
	_cleanup_(config_errors_done) struct config_errors errors = {};
	_cleanup_(config_done) struct config config = {};

	CHECK_INT(parse(text, NULL, &config, &errors), 0);
	return config_identity_text(&config.identities[0]);
}

static void check_identity_text(void)
{
	_cleanup_(freep) char *one = identity_text("[aws]\nregion = a\nprofile = b\n");
	_cleanup_(freep) char *same = identity_text("# x\n[aws]\nprofile=b ; y\n\nregion = a\n");
	_cleanup_(freep) char *other = identity_text("[aws]\nregion = b\nprofile = a\n");
	_cleanup_(freep) char *none = identity_text("[aws x]\nregion = b\n");

	tap_begin("an identity's text depends on its settings only");
	CHECK_STRING(one, same);
	CHECK(strcmp(one, other) != 0);
	CHECK_STRING(none, "");
	tap_end();
}

static void test_kubernetes(void)
{
	static const char text[] =
	        "[kubernetes prod]\nregistries = auto " A "\nkubeconfig = in-cluster\n"
	        "context = main\nnamespaces = team-*\n  !team-x ; not that one\n"
	        "namespace_selector = pull in (yes, always)\nservice_accounts = default builder\n"
	        "labels = a=b example.com/c=\nannotations = why=because it is\n  x=y=z\n"
	        "[kubernetes small]\nregistries = " A "\nnamespaces = default\n";
	struct config c = {};
	struct config_errors errors = {};
	const struct config_kubernetes *k;

	tap_begin("a cluster with all keys, and one with few");
	CHECK_INT(config_parse(text, strlen(text), "ini", NULL, &c, &errors), 0);
	if (CHECK(c.n_sinks == 2)) {
		k = &c.sinks[0].kubernetes;
		CHECK_INT(c.sinks[0].kind, SINK_KUBERNETES);
		CHECK_STRING(c.sinks[0].name, "prod");
		CHECK_INT(c.sinks[0].n_entries, 2);
		CHECK(c.sinks[0].entries[0].is_auto);
		CHECK_STRING(k->kubeconfig, "in-cluster");
		CHECK_STRING(k->context, "main");
		CHECK_STRING(k->secret, "ecr-refresher");
		CHECK_INT(k->n_namespaces, 2);
		CHECK_STRING(k->namespaces[1], "!team-x");
		CHECK_STRING(k->namespace_selector, "pull in (yes, always)");
		CHECK_INT(k->n_service_accounts, 2);
		CHECK_INT(k->n_labels, 2);
		CHECK_STRING(k->labels[1].key, "example.com/c");
		CHECK_STRING(k->labels[1].value, "");
		CHECK_INT(k->n_annotations, 2);
		CHECK_STRING(k->annotations[0].value, "because it is");
		CHECK_STRING(k->annotations[1].value, "y=z");
		k = &c.sinks[1].kubernetes;
		CHECK(!k->kubeconfig && !k->context && !k->namespace_selector);
		CHECK_STRING(c.sinks[1].entries[0].host.name, A);
		CHECK(!config_is_empty(&c));
	}
	config_done(&c);
	config_errors_done(&errors);
	tap_end();
}

int main(void)
{
	check_wrong();
	check_limits();
	check_secrets();
	check_many_errors();
	check_example();
	check_valid();
	check_size();
	check_aws_keys();
	check_identity_text();
	test_kubernetes();
	return tap_finish();
}
