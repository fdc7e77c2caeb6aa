"""Advice: what people read about each refusal, and what they can do next."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from ledger.refusal_code import Code


class Advice(NamedTuple):
    """What people read about a code.

    Attributes:
        sentence: What is wrong, true without any facts.
        detail: The same with figures; its fields are the facts' names. Empty for none.
        step: What the person can do next.
        fuller: In place of the detail, where there are more facts. Empty for none.
    """

    sentence: str
    detail: str
    step: str
    fuller: str = ""


ADVICE: Mapping[Code, Advice] = MappingProxyType(
    {
        Code.UNKNOWN_ACCOUNT: Advice(
            "No such account is in this ledger.",
            "",
            "Look the person up among the members; a newcomer is admitted by the manager first.",
        ),
        Code.ACCOUNT_SUSPENDED: Advice(
            "The account is suspended.",
            "The account of {handle} is suspended.",
            "Ask the manager why, and to reinstate it.",
        ),
        Code.ACCOUNT_CLOSED: Advice(
            "The account is closed for good.",
            "The account of {handle} is closed for good.",
            "Ask the person for another account.",
        ),
        Code.SAME_ACCOUNT: Advice(
            "Payer and payee are the same account.", "", "Choose another account."
        ),
        Code.UNKNOWN_UNIT: Advice(
            "The community does not use this unit.",
            "The community does not use the unit {unit}.",
            "Choose one of the community's units.",
        ),
        Code.UNIT_MISMATCH: Advice(
            "The unit exists with another number of decimals.",
            "The unit {unit} has {scale} decimals and keeps them.",
            "Keep its decimals, or begin a unit with another code.",
        ),
        Code.INSUFFICIENT_CREDIT: Advice(
            "The payer's account has not enough left to spend.",
            "It takes {amount}, and {available} is left to spend.",
            "Use a smaller amount, wait for income, or ask the manager for a higher credit limit.",
        ),
        Code.EXCEEDS_MAXIMUM_BALANCE: Advice(
            "The payee's account may not hold that much.",
            "It brings {amount}, and {payee} has room for {room}.",
            "Use a smaller amount, or let the payee spend first or ask the manager for a higher"
            " maximum balance.",
        ),
        Code.BALANCE_OUT_OF_RANGE: Advice(
            "The balance would be larger than any ledger can write.",
            "",
            "Use a smaller amount.",
        ),
        Code.EXPIRY_OUT_OF_RANGE: Advice(
            "The end lies in the past or too far ahead.",
            "The end is {got}; it lies between {earliest} and {latest}.",
            "Choose an end within the community's rules, and publish well before it.",
        ),
        Code.ALREADY_PAID: Advice(
            "This card was paid before, and a card is paid once.",
            "",
            "If you owe the payee more, ask for a new card.",
        ),
        Code.UNKNOWN_REQUEST: Advice(
            "No open request has this id: it was answered, taken back or has expired.",
            "",
            "Look at the open requests; the creditor can ask again.",
        ),
        Code.REQUEST_EXPIRED: Advice(
            "The request has expired.",
            "The request expired at {expired}.",
            "Ask the creditor to request again, or simply pay.",
        ),
        Code.NOT_DEBTOR: Advice(
            "The request is addressed to somebody else.",
            "",
            "Only its debtor accepts or declines a request.",
        ),
        Code.NOT_CREDITOR: Advice(
            "The request is somebody else's.", "", "Only its creditor takes a request back."
        ),
        Code.TOO_MANY_REQUESTS: Advice(
            "The account has as many open requests as fit.",
            "The account has {open} open requests, and no more fit.",
            "Cancel old ones, or wait until they are answered.",
        ),
        Code.UNKNOWN_HOLD: Advice(
            "No open hold has this id: it was posted, voided or has expired.",
            "",
            "Look at the open holds; the payer can hold the amount again.",
        ),
        Code.PENDING_EXPIRED: Advice(
            "The hold has expired, and its amount is the payer's again.",
            "The hold expired at {expired}, and its amount is the payer's again.",
            "Ask the payer to pay, or to hold the amount again.",
        ),
        Code.NOT_PARTY: Advice(
            "The hold is between other accounts.", "", "Only its payee or its payer posts a hold."
        ),
        Code.NOT_PAYEE: Advice(
            "Only the payee may do this.",
            "",
            "Ask the payee; a wrong payment can also be reversed by the manager.",
        ),
        Code.EXCEEDS_HOLD: Advice(
            "The amount is larger than the hold.",
            "It takes {amount}, and {held} is held.",
            "Post at most the held amount.",
        ),
        Code.TOO_MANY_HOLDS: Advice(
            "The account has as many open holds as fit.",
            "The account has {open} open holds, and no more fit.",
            "Wait until some are posted, voided or expired.",
        ),
        Code.UNKNOWN_TRANSACTION: Advice(
            "No transaction that moved something has this id.",
            "",
            "Look it up in the history; open holds are voided, not reversed.",
        ),
        Code.ALREADY_REVERTED: Advice(
            "The transaction was reversed before, and that happens once.",
            "",
            "Look at the reversal in the history; pay what is still owed.",
        ),
        Code.NOT_REVERSIBLE: Advice(
            "A reversal cannot be reversed.", "", "Pay the amount again instead."
        ),
        Code.REVERSAL_EXCEEDS: Advice(
            "The amount is larger than the transaction, or the transaction has several transfers.",
            "It takes {amount}, and the transaction moved {moved}.",
            "Reverse at most what was moved; several transfers are reversed as a whole.",
        ),
        Code.KEY_KNOWN: Advice(
            "The key belongs to an account, or did once.", "", "Make a new key for this device."
        ),
        Code.KEY_NOT_YOURS: Advice(
            "The account has no such active key.", "", "Look at the keys of the account."
        ),
        Code.KEY_PROOF_INVALID: Advice(
            "The new key's own signature does not hold.",
            "",
            "Sign again with the new key, for this community and this account.",
        ),
        Code.KEY_UNUSABLE: Advice(
            "Nothing can be sealed to this key.",
            "",
            "Make a new key; this one is malformed or was revoked.",
        ),
        Code.LAST_KEY: Advice(
            "It is the account's last key.",
            "",
            "Add another key first; or ask the manager to suspend or close the account.",
        ),
        Code.TOO_MANY_KEYS: Advice(
            "The account has as many keys as fit.",
            "The account has {keys} keys, and no more fit.",
            "Revoke one that is no longer used.",
        ),
        Code.NAME_INVALID: Advice(
            "The handle breaks the name rules.",
            "{why}",
            "Choose lower-case letters of one script, digits and single hyphens.",
        ),
        Code.NAME_TAKEN: Advice(
            "The handle is taken.",
            "The handle {handle} is taken.",
            "Choose another one.",
            "The name {handle} is {owner}'s, who claimed it first, in record {record}.",
        ),
        Code.SEEN_MISMATCH: Advice(
            "The change names a version of the ledger that this ledger never had.",
            "The change names version {size} with a root that this ledger never had.",
            "Keep the checkpoint that you verified: it proves that two versions were signed."
            " Verify your replica, and show both to the other members.",
        ),
        Code.SUPERSEDED: Advice(
            "A newer one was merged before it.",
            "",
            "Look at what stands now, and ask again if it is still wanted.",
        ),
        Code.NOT_OPENED: Advice("The ledger is not open yet.", "", "Open the ledger first."),
        Code.ALREADY_OPENED: Advice(
            "The ledger is open.", "", "A ledger is opened once; change its rules instead."
        ),
        Code.ACCOUNT_EXISTS: Advice(
            "An account begins with the same 16 bytes of a key.", "", "Ask for a new key."
        ),
        Code.ALREADY_SUSPENDED: Advice(
            "The account is suspended already.", "", "Nothing is left to do."
        ),
        Code.NOT_SUSPENDED: Advice("The account is not suspended.", "", "Nothing is left to do."),
        Code.ACCOUNT_HAS_HOLDS: Advice(
            "The account has open holds.", "", "Wait until they are posted, voided or expired."
        ),
        Code.BALANCE_NOT_ZERO: Advice(
            "The account's balance is not zero.",
            "The account's balance is {balance}.",
            "Settle it first, or close it with a write-off to the commons.",
        ),
        Code.COMMONS_PROTECTED: Advice(
            "The commons is the community's own account.",
            "",
            "Choose a member's account.",
        ),
        Code.TOO_MANY_UNITS: Advice(
            "The community has as many units as fit.",
            "The community has {units} units, and no more fit.",
            "Use one of the units that exist.",
        ),
        Code.UNKNOWN_LINK: Advice(
            "The community has no link to the next one on the way.",
            "",
            "Ask your manager for a link, or for another way there.",
        ),
        Code.LINK_EXISTS: Advice(
            "The community is linked already.",
            "The community is linked already, as {link}.",
            "Change the link that exists; one that was closed can be added again.",
        ),
        Code.LINK_SUSPENDED: Advice(
            "The link takes no new payments for now.",
            "The link to {link} takes no new payments for now.",
            "Ask your manager why, and try again later.",
        ),
        Code.LINK_CLOSED: Advice(
            "The link was closed.",
            "The link to {link} was closed.",
            "Ask your manager for another way there.",
        ),
        Code.LINK_ACCOUNT: Advice(
            "This account belongs to a link, not to a person.",
            "The account {handle} belongs to a link, not to a person.",
            "Name somebody there: handle@community.",
        ),
        Code.SELF_LINK: Advice(
            "A community cannot link up with itself.",
            "",
            "Ask the other community's manager for a link card.",
        ),
        Code.TOO_MANY_LINKS: Advice(
            "The community has as many links as fit.",
            "The community has {links} links, and no more fit.",
            "Reach others through the links that exist.",
        ),
        Code.TERMS_INVALID: Advice(
            "The link's terms contradict themselves.", "{why}", "Agree on terms and set them again."
        ),
        Code.TERMS_MISMATCH: Advice(
            "The two sides of the link do not name the same unit and rate.",
            "The two sides of the link to {link} do not name the same unit and rate.",
            "Ask your manager to agree with the other one and to set the same terms.",
        ),
        Code.EXCEEDS_TRUST_LIMIT: Advice(
            "It is more than two communities on the way let each other owe.",
            "It takes {amount} over the link to {link}, and its trust limit leaves {room}.",
            "Use a smaller amount, wait until something was paid back, or ask the managers for a "
            "higher limit.",
        ),
        Code.PATH_INVALID: Advice(
            "The way does not lead from one community to the next.",
            "",
            "Ask for a new quote and pay again.",
        ),
        Code.QUOTE_OUTDATED: Advice(
            "A rate or a fee on the way has changed since the quote.",
            "It takes {asked} now, and the quote said {agreed}.",
            "Ask for a new quote and pay again.",
        ),
        Code.UNKNOWN_PAYMENT: Advice(
            "No such payment across links is here.",
            "",
            "Look at the payments that are under way and name one of them.",
        ),
        Code.DUPLICATE_PAYMENT: Advice(
            "A payment or a request of this name was here before.", "", "Make a new one."
        ),
        Code.PAYMENT_DECIDED: Advice(
            "The payment was decided before.", "", "Look at what became of it."
        ),
        Code.TOO_MANY_TRANSITS: Advice(
            "Too many payments across links are under way.",
            "{open} payments across links are under way, and no more fit.",
            "Wait until one of them is settled.",
        ),
        Code.CLEARS_NOTHING: Advice(
            "The round does not make two debts smaller.",
            "The two debts here are smaller than {amount}.",
            "Propose a round with a smaller amount.",
        ),
        Code.LET_GO: Advice(
            "A community on the way let it go before it was accepted.",
            "",
            "Pay again, or ask its manager why.",
        ),
        Code.BILL_INVALID: Advice(
            "The bill does not add up.",
            "{why}",
            "Correct who paid how much, or the shares, and make the bill again.",
        ),
        Code.UNKNOWN_BILL: Advice(
            "No bill has this id.", "", "Look at the bills and name one of them."
        ),
        Code.PART_ENDED: Advice(
            "Nothing of this bill is open to you: what you owed was answered or taken back.",
            "Nothing of this bill is open to you: what you owed was {how}.",
            "Look at the bill; if it is wrong, ask its author to correct it.",
        ),
        Code.NOT_AUTHOR: Advice(
            "Somebody else made this.", "", "Only its author changes it; ask that person."
        ),
        Code.TOO_MANY_BILLS: Advice(
            "The account has as many open bills as fit.",
            "The account has {open} open bills, and no more fit.",
            "Cancel old ones, or wait until they are answered.",
        ),
        Code.UNKNOWN_MANDATE: Advice(
            "No mandate has this id: it was ended, or its time is over.",
            "",
            "Look at the mandates; a new one can be given.",
        ),
        Code.TOO_MANY_MANDATES: Advice(
            "The account has given as many mandates as fit.",
            "The account has given {open} mandates, and no more fit.",
            "End one that is not needed.",
        ),
        Code.UNKNOWN_ENTRY: Advice(
            "Nothing in the ledger that could be written about has this id.",
            "",
            "Look up the payment, request, hold or bill, and name it.",
        ),
        Code.NOT_CONCERNED: Advice(
            "The entry is between other people.",
            "",
            "Only those whom an entry concerns write about it.",
        ),
        Code.TOO_MANY_CONCERNED: Advice(
            "The change is about more accounts than fit.",
            "The change is about {accounts} accounts, and {most} fit.",
            "Ask for it in several changes.",
        ),
        Code.TOO_MANY_FILES: Advice(
            "The account has attached as much in this month as fits.",
            "The account has attached {used} KiB of the {most} KiB that fit in a month, and the "
            "file takes {length} KiB.",
            "Attach a smaller file, or wait for the next month.",
        ),
        Code.TOO_MANY_ATTACHED: Advice(
            "The change attaches more files than fit.",
            "The change attaches {files} files, and {most} fit.",
            "Attach them in several changes.",
        ),
        Code.UNKNOWN_ATTACHMENT: Advice(
            "No attachment has this id.",
            "",
            "Look at the attachments of the entry, and name one of them.",
        ),
        Code.ALREADY_WITHDRAWN: Advice(
            "The file was withdrawn before.", "", "Nothing is left to do."
        ),
        Code.NAME_RESERVED: Advice(
            "The name is reserved.",
            "The name {name} is reserved.",
            "Choose another one, or ask the manager to let it go.",
        ),
        Code.NAME_CONFUSABLE: Advice(
            "The name looks like another one.",
            "The name {name} looks like {other}, and people would mistake one for the other.",
            "Choose a name that differs more.",
        ),
        Code.UNKNOWN_NAME: Advice(
            "Nobody has this name.",
            "Nobody has the name {name}.",
            "Look at the list of names; a free one can be claimed.",
        ),
        Code.NOT_NAME_OWNER: Advice(
            "The name is somebody else's.",
            "The name {name} is {owner}'s.",
            "Only its owner changes it; ask for a transfer, or to be let set its records.",
        ),
        Code.NOT_OFFERED: Advice(
            "The name was not offered to this account.",
            "The name {name} was not offered to this account.",
            "Ask its owner to transfer it.",
        ),
        Code.NAME_FROZEN: Advice(
            "The name is frozen while a dispute about it lasts.",
            "The name {name} is frozen while a dispute about it lasts.",
            "Ask the manager, who alone can change it now.",
        ),
        Code.NAME_EXPIRED: Advice(
            "The name has expired, and its owner can only renew it.",
            "The name {name} expired at {expired}, and its owner can only renew it.",
            "Renew it first, before its time of grace is over.",
        ),
        Code.NAME_UNCHANGED: Advice(
            "The name stands as asked already.",
            "The name {name} stands as asked already.",
            "Nothing is left to do.",
        ),
        Code.NAME_RULES_INVALID: Advice(
            "These cannot be the rules for names.", "{why}", "Set others."
        ),
        Code.RENEWAL_TOO_EARLY: Advice(
            "The name cannot be renewed yet.",
            "The name {name} can be renewed from {opens} on.",
            "Renew it then; until its end nobody else can have it.",
        ),
        Code.PRICE_CHANGED: Advice(
            "It costs more than was agreed to.",
            "It costs {price}, and {agreed} was agreed to.",
            "Look at the prices, and ask again if you still want it.",
        ),
        Code.RECORDS_INVALID: Advice(
            "These cannot be the records of a name.",
            "{why}",
            "Change the records; nothing of the name was changed.",
        ),
        Code.TOO_MANY_NAMES: Advice(
            "The account has as many names as it may.",
            "The account has {names} names, and it may have {most}.",
            "Release one, or let one expire.",
        ),
    }
)
