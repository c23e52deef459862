/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/api/x509-signer.h"

#include <errno.h>
#include <string.h>

static int check_type(struct x509_signer *s, const char *location, struct reason *ret_reason)
{
	const char *type = EVP_PKEY_get0_type_name(s->key.pkey);

	s->is_rsa = EVP_PKEY_is_a(s->key.pkey, "RSA");
	if (s->is_rsa || EVP_PKEY_is_a(s->key.pkey, "EC"))
		return 0;
	return reason_set(ret_reason, EOPNOTSUPP, "bad-key-type",
	        "%.*s: a private key of type %s; IAM Roles Anywhere takes RSA and EC keys",
	        x509_key_shown(location), location, type ? type : "unknown");
}

static int check_pair(
        const struct x509_signer *s, const struct x509_files *files, struct reason *ret_reason)
{
	if (x509_key_matches(&s->key, X509_get0_pubkey(s->certificates.items[0])))
		return 0;
	return reason_set(ret_reason, EKEYREJECTED, "certificate-mismatch",
	        "%s: the certificate does not belong to the private key %.*s; correct certificate "
	        "or private_key (the workload's own certificate is first, its issuers' are in "
	        "certificate_chain)",
	        files->certificate, x509_key_shown(files->private_key), files->private_key);
}

static int read_certificates(struct x509_signer *s, const struct x509_files *files, int64_t now,
        struct reason *ret_reason)
{
	int r = x509_certificates_read(files->certificate, &s->certificates, ret_reason);

	if (r == 0)
		r = x509_certificate_check_time(
		        s->certificates.items[0], files->certificate, now, ret_reason);
	if (r == 0 && files->certificate_chain)
		r = x509_certificates_read(files->certificate_chain, &s->certificates, ret_reason);
	return r;
}

int x509_signer_open(const struct x509_files *files, int64_t now, struct x509_signer *ret,
        struct reason *ret_reason)
{
	_cleanup_(x509_signer_done) struct x509_signer s = {};
	int r = read_certificates(&s, files, now, ret_reason);

	if (r == 0)
		r = x509_key_read(
		        files->private_key, files->passphrase_file, &s.key, &s.warning, ret_reason);
	if (r == 0)
		r = check_type(&s, files->private_key, ret_reason);
	if (r == 0)
		r = check_pair(&s, files, ret_reason);
	if (r < 0)
		return r;
	s.serial = x509_certificate_serial(s.certificates.items[0]);
	*ret = s;
	s = (struct x509_signer){};
	return 0;
}

void x509_signer_done(struct x509_signer *signer)
{
	x509_certificates_done(&signer->certificates);
	x509_key_done(&signer->key);
	free(signer->serial);
	*signer = (struct x509_signer){};
}
