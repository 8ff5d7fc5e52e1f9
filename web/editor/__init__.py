"""The editor: lists of what a department keeps true, drafts written, merged and handed in, acts on whole articles.

Every address works as a plain form; with script a draft is saved while it is written. The rights are the services'
own: another department's drafts do not exist here.
"""

from web.editor import acts, checking, desk, drafting, handing, lookup, merging
from web.editor.blueprint import editor

__all__ = ["acts", "checking", "desk", "drafting", "editor", "handing", "lookup", "merging"]
