/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parses requests. kubelet writes them, but users who may create pods and service accounts control
 * the image and the role, and the token identifies them. Everything that is returned has been
 * validated, except for the registry, which may be any host.
 */
#include "pull/kubelet-request.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"

#define GROUP "credentialprovider.kubelet.k8s.io/"
#define ROLE_MAX_SIZE 2048        /* RoleArn of AssumeRoleWithWebIdentity */
#define TOKEN_TEXT_MAX_SIZE 20000 /* WebIdentityToken of the same */
#define ACCOUNT_SIZE 12

/*
 * Reads a string member. Returns 1 if it exists, 0 if it is absent or null, -EBADMSG if it is
 * something else.
 */
static int get_string(struct json_object *object, const char *key, const char **ret)
{
	struct json_object *member = NULL;

	if (!json_object_object_get_ex(object, key, &member) || !member)
		return 0;
	*ret = json_member_string(object, key);
	return *ret ? 1 : -EBADMSG;
}

static int not_a_string(const char *key, struct reason *ret)
{
	return reason_set(
	        ret, EBADMSG, "bad-request", "%s in kubelet's request is not a string", key);
}

static int get_version(
        struct json_object *object, const char **ret_version, struct reason *ret_reason)
{
	static const char *const versions[] = {GROUP "v1", GROUP "v1beta1", GROUP "v1alpha1"};
	const char *version = json_member_string(object, "apiVersion");
	const char *kind = json_member_string(object, "kind");

	if (!kind || strcmp(kind, "CredentialProviderRequest") != 0)
		return reason_set(ret_reason, EBADMSG, "bad-request",
		        "the request's kind is \"%.64s\", not \"CredentialProviderRequest\"; this "
		        "program is meant to be run by kubelet",
		        kind ? kind : "");
	for (size_t i = 0; version && i < ARRAY_SIZE(versions); i++) {
		if (strcmp(version, versions[i]) == 0) {
			*ret_version = versions[i];
			return 0;
		}
	}
	return reason_set(ret_reason, EBADMSG, "unknown-version",
	        "the request's apiVersion is \"%.128s\", but this program supports " GROUP
	        "v1, v1beta1 and v1alpha1; set the provider's apiVersion to one of these in "
	        "kubelet's CredentialProviderConfig",
	        version ? version : "");
}

/*
 * Returns the registry of an image's name as docker reads it: the part before the first slash, if
 * it looks like a registry, otherwise NULL for Docker Hub (github.com/distribution/reference).
 */
static char *registry_of(const char *image)
{
	size_t size;

	if (strncasecmp(image, "https://", 8) == 0)
		image += 8;
	size = strcspn(image, "/");
	if (size == strcspn(image, ".:/") && strncmp(image, "localhost/", 10) != 0)
		return NULL;
	return xstrndup(image, size);
}

static int get_registry(struct json_object *object, char **ret, struct reason *ret_reason)
{
	const char *image = "";

	if (get_string(object, "image", &image) < 0)
		return not_a_string("image", ret_reason);
	if (!*image)
		return reason_set(
		        ret_reason, EBADMSG, "bad-request", "kubelet's request names no image");
	*ret = registry_of(image);
	return 0;
}

/* arn:PARTITION:iam::ACCOUNT:role/NAME */
static bool is_role(const char *arn)
{
	const char *account;

	if (!text_is_word(arn, ROLE_MAX_SIZE) || strncmp(arn, "arn:aws", 7) != 0)
		return false;
	arn += 4;
	arn += strspn(arn, "abcdefghijklmnopqrstuvwxyz-");
	if (strncmp(arn, ":iam::", 6) != 0)
		return false;
	account = arn + 6;
	return strspn(account, "0123456789") == ACCOUNT_SIZE &&
	       strncmp(account + ACCOUNT_SIZE, ":role/", 6) == 0 && account[ACCOUNT_SIZE + 6];
}

/* Reads the annotation; "" means that the node pulls, whatever the default is. */
static int get_annotation(
        struct json_object *object, const char **ret_role, struct reason *ret_reason)
{
	struct json_object *annotations = NULL;
	const char *key = "serviceAccountAnnotations";

	if (!json_object_object_get_ex(object, key, &annotations) || !annotations)
		return 0;
	if (!json_object_is_type(annotations, json_type_object))
		return reason_set(ret_reason, EBADMSG, "bad-request",
		        "%s in kubelet's request is not an object", key);
	if (get_string(annotations, KUBELET_ROLE_ANNOTATION, ret_role) < 0)
		return not_a_string(KUBELET_ROLE_ANNOTATION, ret_reason);
	return 0;
}

/*
 * Refuses a role without a token. The annotation is that of cloud-provider-aws, which ignores such
 * a role. But the pod's owner requested that role and no other, and kubelet never sends one without
 * the other: it is a mistake, for which the node's rights must not be used.
 */
static int check_role(
        const char *role, const char *token, const char *default_role, struct reason *ret_reason)
{
	if (!*token)
		return reason_set(ret_reason, EBADMSG, "no-service-account-token",
		        "the service account's role %.200s cannot be assumed: kubelet sent no "
		        "token; set tokenAttributes.serviceAccountTokenAudience: sts.amazonaws.com "
		        "for this provider in its CredentialProviderConfig",
		        role);
	if (!text_is_word(token, TOKEN_TEXT_MAX_SIZE))
		return reason_set(ret_reason, EBADMSG, "bad-request",
		        "the service account's token in kubelet's request (%zu bytes) is not valid",
		        strlen(token));
	if (!is_role(role))
		return reason_set(ret_reason, EBADMSG, "bad-role",
		        "%s is \"%.200s\", which is not the ARN of an IAM role "
		        "(arn:aws:iam::ACCOUNT:role/NAME); correct it",
		        role == default_role ? "AWS_ECR_ROLE_ARN"
		                             : "the service account's annotation "
		                               "\"" KUBELET_ROLE_ANNOTATION "\"",
		        role);
	return 0;
}

/* Reads the role. A token alone requests none: a service account without a role pulls as the node.
 */
static int get_role(struct json_object *object, const char *default_role,
        struct kubelet_request *request, struct reason *ret_reason)
{
	const char *token = "", *role = NULL;
	int r;

	if (get_string(object, "serviceAccountToken", &token) < 0)
		return not_a_string("serviceAccountToken", ret_reason);
	r = get_annotation(object, &role, ret_reason);
	if (r < 0)
		return r;
	if (!role && *token)
		role = default_role;
	if (!role || !*role)
		return 0;
	r = check_role(role, token, default_role, ret_reason);
	if (r < 0)
		return r;
	request->role_arn = xstrdup(role);
	secret_set_string(&request->token, token);
	return 0;
}

int kubelet_request_parse(const char *data, size_t size, const char *default_role,
        struct kubelet_request *ret, struct reason *ret_reason)
{
	_cleanup_(kubelet_request_done) struct kubelet_request request = {};
	_json_ struct json_object *object = NULL;
	int r;

	if (size == 0)
		return reason_set(ret_reason, EBADMSG, "bad-request",
		        "standard input is empty; this program is meant to be run by kubelet");
	if (size <= KUBELET_REQUEST_MAX_SIZE)
		object = json_parse(data, size);
	if (!json_object_is_type(object, json_type_object))
		return reason_set(ret_reason, EBADMSG, "bad-request",
		        "kubelet's request (%zu bytes) is not one JSON object%s", size,
		        size > KUBELET_REQUEST_MAX_SIZE ? ": it is too large" : "");
	r = get_version(object, &request.api_version, ret_reason);
	if (r == 0)
		r = get_registry(object, &request.registry, ret_reason);
	if (r == 0)
		r = get_role(object, default_role, &request, ret_reason);
	if (r < 0)
		return r;
	*ret = request;
	request = (struct kubelet_request){};
	return 0;
}

void kubelet_request_done(struct kubelet_request *r)
{
	free(r->registry);
	free(r->role_arn);
	secret_done(&r->token);
	*r = (struct kubelet_request){};
}
