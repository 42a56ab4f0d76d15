"""The columns of files of suppliers and of customers."""

from __future__ import annotations

from collections.abc import Mapping

from app.domain.imports.fields import Field
from app.domain.imports.presets.base import Preset
from app.domain.imports.presets.listed import Listed

SUPPLIERS = "suppliers"
CUSTOMERS = "customers"

CONTACT = "contact_"
"""What the names of the fields of the contact begin with."""
ADDRESS = ("address", "postal_code", "city", "region", "country")

_SHARED = (
    Field(
        "external_id",
        "The key in another system.",
        ("externalid", "id", "companyid"),
        clearable=True,
        code=True,
        example="crm-17",
    ),
    Field(
        "name",
        "The name of the firm or person, at most 255 characters.",
        ("name", "companyname", "fullname", "displayname", "company"),
        example="Baker & Sons",
    ),
    Field(
        "legal_name",
        "The name in contracts.",
        ("legalname",),
        clearable=True,
        example="Baker & Sons Ltd",
    ),
    Field(
        "email",
        "The e-mail address, which belongs to one at a time.",
        ("email", "emailaddress"),
        clearable=True,
        example="office@baker.example.test",
    ),
    Field(
        "phone",
        "The telephone number.",
        ("phone", "phonenumber", "telephone"),
        clearable=True,
        code=True,
        example="+49 30 901820",
    ),
    Field(
        "website",
        "The address of the website.",
        ("website", "homepage", "url"),
        clearable=True,
        example="baker.example.test",
    ),
    Field(
        "tax_id",
        "The number by which the tax office knows them.",
        ("taxid", "taxnumber", "vatid", "vatnumber"),
        clearable=True,
        code=True,
        example="DE 123456789",
    ),
    Field("language", "A language tag such as pt-BR.", ("language",), clearable=True, example="de"),
    Field(
        "net_days",
        "In how many days a bill is due.",
        ("netdays", "paymentterms", "paymentdays"),
        clearable=True,
        example="30",
    ),
    Field(
        "discount_percent",
        "What is taken off a bill that is paid early, in percent.",
        ("discountpercent",),
        clearable=True,
        figure=True,
        example="2",
    ),
    Field(
        "discount_days",
        "Within how many days that is.",
        ("discountdays",),
        clearable=True,
        example="10",
    ),
    Field(
        "contact_name",
        "Someone to talk to: the first of the contacts.",
        ("contactname", "contact"),
        clearable=True,
        example="Ann Baker",
    ),
    Field(
        "contact_role",
        "What they do.",
        ("contactrole", "contacttitle"),
        clearable=True,
        example="Sales",
    ),
    Field(
        "contact_email",
        "Their e-mail address.",
        ("contactemail",),
        clearable=True,
        example="ann@baker.example.test",
    ),
    Field(
        "contact_phone",
        "Their telephone number.",
        ("contactphone",),
        clearable=True,
        code=True,
        example="+49 30 901821",
    ),
    Field(
        "address",
        "Street and number: the first of the addresses; a vertical bar parts lines.",
        ("address", "street", "addressline1", "streetaddress"),
        clearable=True,
        example="Market Street 1|Back yard",
    ),
    Field(
        "postal_code",
        "The postal code.",
        ("postalcode", "postcode", "zip", "zipcode"),
        clearable=True,
        code=True,
        example="10115",
    ),
    Field("city", "The town.", ("city", "town"), clearable=True, example="Berlin"),
    Field(
        "region",
        "The state or province.",
        ("region", "state", "province"),
        clearable=True,
        example="BE",
    ),
    Field(
        "country",
        "Two letters of ISO 3166, or the English name.",
        ("country", "countrycode"),
        clearable=True,
        example="Germany",
    ),
    Field(
        "notes",
        "Text of any number of lines.",
        ("notes", "comment", "remarks"),
        clearable=True,
        example="Delivers on Mondays.",
    ),
    Field(
        "active",
        "Whether they take part in new documents: true or false.",
        ("active", "isactive", "enabled"),
        example="true",
    ),
)
_SUPPLIERS = (
    Field(
        "code",
        "The code in the shop; a new one without it gets the next of its series.",
        ("code", "suppliercode", "vendorcode"),
        code=True,
        example="SUP-BAKER",
    ),
    *_SHARED,
    Field(
        "currency",
        "The currency of its costs, that of the shop by default.",
        ("currency", "currencycode"),
        example="EUR",
    ),
    Field(
        "over_receipt_percent",
        "How much more than was ordered may come, in percent.",
        ("overreceiptpercent", "overreceipt"),
        clearable=True,
        figure=True,
        example="5",
    ),
)
_CUSTOMERS = (
    Field(
        "code",
        "The code in the shop; a new one without it gets the next of its series.",
        ("code", "customercode", "customernumber"),
        code=True,
        example="CUS-BAKER",
    ),
    *_SHARED,
    Field(
        "credit_limit",
        "How much they may owe, in the shop's currency.",
        ("creditlimit",),
        clearable=True,
        figure=True,
        example="500.00",
    ),
)
_OWN_KEYS = {SUPPLIERS: ("supplierid", "vendorid"), CUSTOMERS: ("customerid",)}


def _presets(kind: str, fields: tuple[Field, ...]) -> Mapping[str, Preset]:
    known = {field.name: field for field in fields}
    external = known["external_id"]
    # The key of their own table counts more than a bare id.
    aliases = (external.aliases[0], *_OWN_KEYS[kind], *external.aliases[1:])
    known["external_id"] = Field(
        external.name, external.meaning, aliases, clearable=True, code=True, example="crm-17"
    )
    return {
        name: Listed(
            name,
            name == "stockbook",
            known,
            keys=("name", "code", "external_id", "email"),
            needs=("name",),
        )
        for name in ("stockbook", "free")
    }


PRESETS: Mapping[str, Mapping[str, Preset]] = {
    SUPPLIERS: _presets(SUPPLIERS, _SUPPLIERS),
    CUSTOMERS: _presets(CUSTOMERS, _CUSTOMERS),
}
