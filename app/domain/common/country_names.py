"""The countries of ISO 3166-1 by their English names, as other programs write them in files.

The first name of each is the short name of the standard, without what stands in brackets; the
others are in common use. Case, accents and signs between the words do not count.
"""

from __future__ import annotations

import re

from app.domain.common.countries import COUNTRIES
from app.domain.common.text import fold

_NAMES = """
AD Andorra
AE United Arab Emirates, UAE
AF Afghanistan
AG Antigua and Barbuda
AI Anguilla
AL Albania
AM Armenia
AO Angola
AQ Antarctica
AR Argentina
AS American Samoa
AT Austria
AU Australia
AW Aruba
AX Aland Islands
AZ Azerbaijan
BA Bosnia and Herzegovina, Bosnia
BB Barbados
BD Bangladesh
BE Belgium
BF Burkina Faso
BG Bulgaria
BH Bahrain
BI Burundi
BJ Benin
BL Saint Barthelemy
BM Bermuda
BN Brunei Darussalam, Brunei
BO Bolivia, Plurinational State of Bolivia
BQ Bonaire Sint Eustatius and Saba, Caribbean Netherlands
BR Brazil
BS Bahamas, The Bahamas
BT Bhutan
BV Bouvet Island
BW Botswana
BY Belarus
BZ Belize
CA Canada
CC Cocos Islands, Cocos Keeling Islands
CD Democratic Republic of the Congo, DR Congo
CF Central African Republic
CG Congo, Republic of the Congo
CH Switzerland
CI Cote d'Ivoire, Ivory Coast
CK Cook Islands
CL Chile
CM Cameroon
CN China, People's Republic of China
CO Colombia
CR Costa Rica
CU Cuba
CV Cabo Verde, Cape Verde
CW Curacao
CX Christmas Island
CY Cyprus
CZ Czechia, Czech Republic
DE Germany, Federal Republic of Germany
DJ Djibouti
DK Denmark
DM Dominica
DO Dominican Republic
DZ Algeria
EC Ecuador
EE Estonia
EG Egypt
EH Western Sahara
ER Eritrea
ES Spain
ET Ethiopia
FI Finland
FJ Fiji
FK Falkland Islands, Falkland Islands Malvinas
FM Micronesia, Federated States of Micronesia
FO Faroe Islands
FR France
GA Gabon
GB United Kingdom, United Kingdom of Great Britain and Northern Ireland, UK, Great Britain, England
GB Scotland, Wales, Northern Ireland
GD Grenada
GE Georgia
GF French Guiana
GG Guernsey
GH Ghana
GI Gibraltar
GL Greenland
GM Gambia, The Gambia
GN Guinea
GP Guadeloupe
GQ Equatorial Guinea
GR Greece
GS South Georgia and the South Sandwich Islands
GT Guatemala
GU Guam
GW Guinea-Bissau
GY Guyana
HK Hong Kong
HM Heard Island and McDonald Islands
HN Honduras
HR Croatia
HT Haiti
HU Hungary
ID Indonesia
IE Ireland, Republic of Ireland
IL Israel
IM Isle of Man
IN India
IO British Indian Ocean Territory
IQ Iraq
IR Iran, Islamic Republic of Iran
IS Iceland
IT Italy
JE Jersey
JM Jamaica
JO Jordan
JP Japan
KE Kenya
KG Kyrgyzstan
KH Cambodia
KI Kiribati
KM Comoros
KN Saint Kitts and Nevis
KP Democratic People's Republic of Korea, North Korea
KR Republic of Korea, South Korea, Korea
KW Kuwait
KY Cayman Islands
KZ Kazakhstan
LA Lao People's Democratic Republic, Laos
LB Lebanon
LC Saint Lucia
LI Liechtenstein
LK Sri Lanka
LR Liberia
LS Lesotho
LT Lithuania
LU Luxembourg
LV Latvia
LY Libya
MA Morocco
MC Monaco
MD Moldova, Republic of Moldova
ME Montenegro
MF Saint Martin
MG Madagascar
MH Marshall Islands
MK North Macedonia, Macedonia
ML Mali
MM Myanmar, Burma
MN Mongolia
MO Macao, Macau
MP Northern Mariana Islands
MQ Martinique
MR Mauritania
MS Montserrat
MT Malta
MU Mauritius
MV Maldives
MW Malawi
MX Mexico
MY Malaysia
MZ Mozambique
NA Namibia
NC New Caledonia
NE Niger
NF Norfolk Island
NG Nigeria
NI Nicaragua
NL Netherlands, Kingdom of the Netherlands, The Netherlands, Holland
NO Norway
NP Nepal
NR Nauru
NU Niue
NZ New Zealand
OM Oman
PA Panama
PE Peru
PF French Polynesia
PG Papua New Guinea
PH Philippines
PK Pakistan
PL Poland
PM Saint Pierre and Miquelon
PN Pitcairn
PR Puerto Rico
PS State of Palestine, Palestine
PT Portugal
PW Palau
PY Paraguay
QA Qatar
RE Reunion
RO Romania
RS Serbia
RU Russian Federation, Russia
RW Rwanda
SA Saudi Arabia
SB Solomon Islands
SC Seychelles
SD Sudan
SE Sweden
SG Singapore
SH Saint Helena Ascension and Tristan da Cunha, Saint Helena
SI Slovenia
SJ Svalbard and Jan Mayen
SK Slovakia, Slovak Republic
SL Sierra Leone
SM San Marino
SN Senegal
SO Somalia
SR Suriname
SS South Sudan
ST Sao Tome and Principe
SV El Salvador
SX Sint Maarten
SY Syrian Arab Republic, Syria
SZ Eswatini, Swaziland
TC Turks and Caicos Islands
TD Chad
TF French Southern Territories
TG Togo
TH Thailand
TJ Tajikistan
TK Tokelau
TL Timor-Leste, East Timor
TM Turkmenistan
TN Tunisia
TO Tonga
TR Turkiye, Turkey
TT Trinidad and Tobago
TV Tuvalu
TW Taiwan
TZ Tanzania, United Republic of Tanzania
UA Ukraine
UG Uganda
UM United States Minor Outlying Islands
US United States of America, United States, USA
UY Uruguay
UZ Uzbekistan
VA Holy See, Vatican City, Holy See Vatican City State
VC Saint Vincent and the Grenadines
VE Venezuela, Bolivarian Republic of Venezuela
VG British Virgin Islands
VI United States Virgin Islands, US Virgin Islands
VN Viet Nam, Vietnam
VU Vanuatu
WF Wallis and Futuna
WS Samoa
YE Yemen
YT Mayotte
ZA South Africa
ZM Zambia
ZW Zimbabwe
"""
_SIGNS = re.compile(r"[\W_]+")
_APOSTROPHES = re.compile("['\u2019]")


def country_code(text: str) -> str | None:
    """Return the two letters of a country that is told by them or by its name; None for others."""
    code = text.strip().upper()
    return code if code in COUNTRIES else _CODES.get(_name_key(text))


def _name_key(name: str) -> str:
    return _SIGNS.sub(" ", _APOSTROPHES.sub("", fold(name)).replace("&", " and ")).strip()


def _codes() -> dict[str, str]:
    lines = (line.partition(" ") for line in _NAMES.strip().splitlines())
    return {_name_key(name): code for code, _, names in lines for name in names.split(",")}


_CODES = _codes()
