# SPDX-License-Identifier: Apache-2.0
"""Access lists of files, without setfacl: acl(5), linux/posix_acl_xattr.h."""

import os
import struct

ATTRIBUTE = "system.posix_acl_access"

USER_OBJ, USER, GROUP_OBJ, GROUP, MASK, OTHER = 1, 2, 4, 8, 16, 32
_UNDEFINED_ID = 0xFFFFFFFF


def acl(*entries):
    """Returns the attribute for entries (tag, permissions) or (tag, permissions, id)."""
    ordered = sorted((tag, permissions, *(rest or [_UNDEFINED_ID]))
                     for tag, permissions, *rest in entries)
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in ordered)


def set_acl(path, *entries):
    os.setxattr(path, ATTRIBUTE, acl(*entries))


def get_acl(path):
    """Returns the attribute, or None if the file has only its mode."""
    return os.getxattr(path, ATTRIBUTE) if ATTRIBUTE in os.listxattr(path) else None
