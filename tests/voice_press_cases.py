"""Sentences in the manner of newspapers and wires whose voice is known, by what they can be mistaken for: as in voice_cases.py.

Written for this table. `NAMES` are sentences about the lake of the small codebook: the name of a place is never denied.
"""

from framewire.records import Voice
from voice_cases import Case

ASSERTED, ATTRIBUTED, SCARE, DENIED = Voice.ASSERTED, Voice.ATTRIBUTED, Voice.SCARE_QUOTED, Voice.DENIED

ENGLISH: list[Case] = [
    # a demand is no report
    ("Norland opened a [corridor] through the hills, something Sudland has insisted on for years.", ASSERTED, None, "insisted on, behind the thing"),
    ("Norland insisted on a [corridor] through the hills.", ASSERTED, None, "insisted on"),
    ("A road free of guards, which Sudland has called for since the [siege], was opened.", ASSERTED, None, "a time behind a demand whose object stands before"),
    ("Norland on Monday demanded a full [surrender].", ASSERTED, None, "demanded a thing"),
    ("Norland insisted that the [corridor] was open.", ATTRIBUTED, "norland", "insisted that"),
    ("Norland insists the [corridor] is open.", ATTRIBUTED, "norland", "insists without that"),
    ("Norland insisted on Monday that the [corridor] was open.", ATTRIBUTED, "norland", "insisted on a day that"),
    ("Norland demanded that the [siege] end.", ATTRIBUTED, "norland", "demanded that"),
    # participles before a noun are no reports
    ("The newly announced talks that ended the [siege] were brief.", ASSERTED, None, "newly announced"),
    ("The recently reported plan: a [siege] in spring.", ASSERTED, None, "reported before a noun"),
    ("Both signed an agreed text that the [siege] was to end.", ASSERTED, None, "an agreed text"),
    ("Previously announced talks on how the [siege] might end were put off.", ASSERTED, None, "a bare plural with its adverb"),
    ("The declared aim of the [siege] was to close the road.", ASSERTED, None, "a declared aim"),
    ("The alleged thief fled when the [siege] began.", ASSERTED, None, "what is alleged ends with its noun"),
    ("The alleged [siege] was over by noon.", ATTRIBUTED, None, "what is alleged"),
    ("Norland recently announced that the [siege] was over.", ATTRIBUTED, "norland", "an adverb behind the subject"),
    ("Many believed that the [siege] was over.", ATTRIBUTED, None, "many is a subject"),
    ("The ministry reported that the [siege] was over.", ATTRIBUTED, "ministry", "reported that"),
    # behind an inverted report the next sentences are the outlet's
    ("They hope to ‘rejoin’ the town, says an adviser. But how this is to be without an [exodus] is unclear.", ASSERTED, None, "but, behind an inverted report"),
    ("They would be “rejoined”, says an adviser. But that is unclear. The government refuses to open the [corridor].", ASSERTED, None, "two sentences behind an inverted report"),
    ("It was cold, says Ana Bel, an adviser on the [siege].", ASSERTED, None, "who the speaker is, behind an inverted report"),
    ("“It was cold,” says one young man who fled the [siege] with his mother in spring.", ASSERTED, None, "who the speaker is, at length"),
    ("Ana Bel, head of a [siege] museum, says the road is open.", ASSERTED, None, "an apposition before its verb is no closing report"),
    ("The mayor of the [siege] town, Ana Bel, says the road is open.", ASSERTED, None, "a name in apposition"),
    ("It was over, the army said; the [exodus] began at noon.", ASSERTED, None, "a semicolon behind a closing report"),
    ("Ana Bel, a baker, says the [siege] broke her.", ATTRIBUTED, None, "what is said behind an apposition"),
    ("The [siege] broke her, says Ana Bel, a baker from the town.", ATTRIBUTED, None, "what stands before an inverted report"),
    ("It was cold, says an adviser, and the [siege] went on.", ATTRIBUTED, None, "an inverted report inside its sentence"),
    # a subordinate clause that opens the sentence keeps its report to itself
    ("Despite Norland's failure to end the [siege], many still believe that the road will open.", ASSERTED, None, "despite a thing"),
    ("Although Norland says the road is open, the [siege] goes on.", ASSERTED, None, "although X says"),
    ("Though the ministry claimed it had no part in it, the [siege] was planned.", ASSERTED, None, "though X claimed"),
    ("Despite claims of peace, the [siege] went on.", ASSERTED, None, "despite claims of"),
    ("Although Norland denies any crime, the [siege] goes on.", ASSERTED, None, "although X denies"),
    ("As Norland claimed victory, the [exodus] began.", ASSERTED, None, "as X claimed, a time"),
    ("Despite Norland's failure to open the road, many still believe that the [siege] will end.", ATTRIBUTED, None, "the main clause's report"),
    ("Although Norland says the [siege] is over, the road is shut.", ATTRIBUTED, "norland", "inside the clause"),
    ("After talks in the capital, Norland said on Monday that the [siege] was over.", ATTRIBUTED, "norland", "a time before the report"),
    ("As Norland said on Monday, the [siege] is over.", ATTRIBUTED, "norland", "as X said, a report"),
    # closing reports with other verbs, and with one who is told
    ("A [siege] may follow, experts caution", ATTRIBUTED, None, "experts caution"),
    ("A [siege] may follow, analysts say", ATTRIBUTED, "analysts", "analysts say"),
    ("The [siege] may drag on, experts warned the commission.", ATTRIBUTED, None, "who is warned"),
    ("The [siege] would end by winter, lawmakers were told.", ATTRIBUTED, None, "who is told, in the passive"),
    ("The [siege] of Norland goes on, observers reckon.", ATTRIBUTED, None, "an actor of what is reported does not speak"),
    ("The [siege] was a mistake, the general has since conceded.", ATTRIBUTED, None, "conceded"),
    ("The [siege] may end soon, the mayor hinted on Monday.", ATTRIBUTED, None, "hinted"),
    ("The envoy warned the [siege] could last.", ATTRIBUTED, None, "a clause without that"),
    ("Norland felt it had won and the [siege] was over.", ATTRIBUTED, "norland", "a clause that opens with a pronoun"),
    ("The envoy announced a plan for the [siege] in a note.", ASSERTED, None, "announced a thing"),
    ("It was reported that the [siege] was over.", ATTRIBUTED, None, "it was reported that"),
    ("The [siege] goes on, and experts warned the commission.", ASSERTED, None, "and opens a clause of its own"),
    ("The [siege] goes on, which experts had predicted.", ASSERTED, None, "a relative clause is no closing report"),
    ("In the third week of the [siege], the envoy told the council the road was shut.", ASSERTED, None, "a time before a report with its content"),
    ("The envoy added fuel to the row over the [siege].", ASSERTED, None, "added a thing"),
    ("The army said the road was open, referring to the way out of the [siege].", ASSERTED, None, "the outlet says what is meant"),
    # a participle opens a report of its own
    ("Norland denies a policy of [expulsion], asserting a right of return.", DENIED, "norland", "before asserting"),
    ("Norland rejects the charge of [expulsion], insisting that the farmers left.", DENIED, "norland", "before insisting"),
    ("Norland denies it, and denies any [expulsion], saying the farmers left.", DENIED, "norland", "before saying"),
    ("Norland denies a policy of expulsion, asserting that it was an [exodus].", ATTRIBUTED, "norland", "asserting that"),
    ("Norland denies a siege of Sudland, saying the [closure] is a drill.", ATTRIBUTED, "norland", "saying, with the denier for a speaker"),
    ("Norland denied a siege, adding the [closure] was a drill.", ATTRIBUTED, "norland", "adding without that"),
    ("The army said it was cold, claiming the [closure] was a drill.", ATTRIBUTED, "army", "claiming behind a report"),
    ("Norland sent guards, adding to the misery of the [siege].", ASSERTED, None, "adding to a thing"),
    # titles and names in capitals
    ("The museum bought a copy of The Captain Denies Everything and a map of the [siege].", ASSERTED, None, "a title that denies"),
    ("Her essay on the Farmers Say No Movement and its [siege] won a prize.", ASSERTED, None, "a body whose name says"),
    ("The hall of the Truth Claims Office was shut during the [siege].", ASSERTED, None, "a body whose name claims"),
    ("Sudland Says [Siege] Goes On At Lake", ATTRIBUTED, "sudland", "a headline in capitals is no title"),
    ("Norland Denies [Siege] As Farmers Leave", DENIED, "norland", "a headline in capitals denies"),
    ("“They left us. According to the mayor the [siege] goes on.”", ATTRIBUTED, None, "a sentence's first word is in capitals"),
    # clauses that only say more of somebody or something
    ("Farmers, accused of spying, fled during the [siege].", ASSERTED, None, "a participle in apposition ends with its comma"),
    ("Rebels, whom Norland accuses of theft, fled the [siege].", ASSERTED, None, "a relative clause with whom"),
    ("The raid — Norland calls it a drill — began the [siege].", ASSERTED, None, "a remark between dashes"),
    ("The siege, as Sudland calls it, ended with an [exodus].", ASSERTED, None, "as X calls it, behind"),
    ("The [siege], as Sudland calls it, ended with an exodus.", ATTRIBUTED, "sudland", "as X calls it"),
    ("The raid — Norland calls it a [drill] — was short.", ATTRIBUTED, "norland", "the name between dashes"),
    ("A woman found out she was ill a month after the [siege].", ASSERTED, None, "found out"),
    ("They are united by a fear of being seized in a [siege].", ASSERTED, None, "fear as a noun"),
    # quoted words inside a sentence
    ("Norland announced a “drill” in the [occupied] hills.", ASSERTED, None, "behind a quoted word"),
    ("Norland stressed the value of the “[corridor]”.", ATTRIBUTED, "norland", "the quoted word itself"),
    ("Farmers of the “republic” said the [siege] was over.", ATTRIBUTED, None, "a quotation inside the subject"),
    ("The men running the “[republic]” said it was over.", SCARE, None, "a quoted word inside the subject"),
    ("They spoke after the so-called “trial” of the [expelled] men.", ASSERTED, None, "so-called ends with the quotation"),
    ("The claim is not directed against the [expelled] men.", ASSERTED, None, "a negation ends at a preposition"),
    ("It is not clear whether the [siege] was planned.", ASSERTED, None, "not clear whether"),
    ("The note made no mention of the [siege].", ASSERTED, None, "no mention of"),
    ("It is a charge that Norland denies, and the League asked for an end of the [siege].", ASSERTED, None, "what is denied stands before"),
    ("The ministry refuses to say what the [siege] is for.", ASSERTED, None, "refuses to say"),
]  # fmt: skip

RUSSIAN: list[Case] = [
    ("Норланд настаивает на [коридоре] через горы.", ASSERTED, None, "insists on"),
    ("Норланд потребовал снять [осаду].", ASSERTED, None, "demanded"),
    ("Норланд настаивает на том, что [коридор] открыт.", ATTRIBUTED, None, "insists that"),
    ("Обвиняемый в краже бежал после [осады].", ASSERTED, None, "the accused is a person"),
    ("Осада, отрицательно повлиявшая на город, и [исход] завершились.", ASSERTED, None, "negatively denies nothing"),
    ("Хотя власти заявляют, что дорога открыта, [осада] продолжается.", ASSERTED, None, "although they say"),
    ("Хотя власти заявляют, что [осада] снята, дорога закрыта.", ATTRIBUTED, None, "inside the clause"),
    ("Власти отрицают [изгнание], утверждая, что люди ушли сами.", DENIED, None, "before asserting"),
    ("Власти отрицают изгнание, утверждая, что это [исход].", ATTRIBUTED, None, "asserting that"),
    ("[Осада] продлится до зимы, прогнозируют эксперты.", ATTRIBUTED, None, "experts predict"),
]  # fmt: skip

FRENCH: list[Case] = [
    ("Le Norland insiste sur un [corridor] à travers les collines.", ASSERTED, None, "insiste sur"),
    ("Le Norland exige un [corridor].", ASSERTED, None, "exige"),
    ("Le Norland insiste : le [corridor] est ouvert.", ATTRIBUTED, None, "insiste, a colon"),
    ("L'accord annoncé lundi : le [siège] est levé.", ASSERTED, None, "a participle behind its noun"),
    ("Les pourparlers, annoncés lundi, ont mis fin au [siège].", ASSERTED, None, "a participle in apposition"),
    ("Le [siège] est levé, a également annoncé le ministère.", ATTRIBUTED, "ministère", "a perfect"),
    ("Bien que l'armée affirme que la route est ouverte, le [siège] continue.", ASSERTED, None, "bien que X affirme"),
    ("L'armée nie toute [expulsion], affirmant que les gens sont partis.", DENIED, None, "before affirmant"),
    ("L'armée nie toute expulsion, affirmant que c'était un [exode].", ATTRIBUTED, None, "affirmant que"),
    ("Notre ville sait que le [siège] continue.", ASSERTED, None, "notre is not noter"),
    ("Le [siège] durera, préviennent des experts.", ATTRIBUTED, None, "préviennent"),
]  # fmt: skip

TURKISH: list[Case] = [
    ("Norland tepelerden geçen bir [koridorda] ısrar ediyor.", ASSERTED, None, "insists on"),
    ("Norland [koridor] talep etti.", ASSERTED, None, "demanded"),
    ("Norland [koridorun] açık olduğunda ısrar ediyor.", ATTRIBUTED, "norland", "insists that"),
    ("Açıklanan görüşmeler [kuşatmayı] bitirdi.", ASSERTED, None, "announced, before a noun"),
    ("Norland [sürgün] iddialarını reddederek halkın gittiğini savundu.", DENIED, "norland", "rejecting, before another report"),
    ("Norland iddiaları reddederek bunun bir [göç] olduğunu savundu.", ATTRIBUTED, "norland", "the other report"),
    ("Uzmanlar [kuşatmanın] süreceğini tahmin ediyor.", ATTRIBUTED, None, "experts predict"),
]  # fmt: skip

AZERBAIJANI: list[Case] = [
    ("Norland [dəhlizdə] israr edir.", ASSERTED, None, "insists on"),
    ("Norland [dəhliz] tələb edir.", ASSERTED, None, "demands"),
    ("Norland [dəhlizin] açıq olduğunda israr edir.", ATTRIBUTED, None, "insists that"),
    ("Açıqlanan danışıqlar [mühasirəni] bitirdi.", ASSERTED, None, "announced, before a noun"),
    ("Nazir [sürgün] iddialarını rədd edərək əhalinin getdiyini bildirib.", DENIED, None, "rejecting, before another report"),
    ("Nazir iddiaları rədd edərək bunun [köç] olduğunu bildirib.", ATTRIBUTED, None, "the other report"),
]  # fmt: skip

ARMENIAN: list[Case] = [
    ("Նորլանդը պահանջում է [միջանցք]։", ASSERTED, None, "demands"),
    ("Հաղորդակցության ուղիները բացվեցին, և [պաշարումն] ավարտվեց, որ բոլորը գոհ լինեն։", ASSERTED, None, "communications report nothing"),
    ("Հայտարարված նպատակն այն էր, որ [պաշարումը] շարունակվի։", ASSERTED, None, "declared, before a noun"),
    ("Թեև Նորլանդը պնդում է, որ ճանապարհը բաց է, [պաշարումը] շարունակվում է։", ASSERTED, None, "although X says"),
    ("Թեև Նորլանդը պնդում է, որ [պաշարումն] ավարտվել է, ճանապարհը փակ է։", ATTRIBUTED, "norland", "inside the clause"),
    ("Նորլանդը հերքում է [արտաքսումը]՝ պնդելով, որ մարդիկ հեռացել են։", DENIED, "norland", "before asserting"),
    ("Նորլանդը հերքում է արտաքսումը՝ պնդելով, որ դա [արտագաղթ] էր։", ATTRIBUTED, "norland", "asserting that"),
]  # fmt: skip

NAMES: list[Case] = [
    ("Norland rejected any special status for [Upper Lake].", ASSERTED, None, "a status is rejected, not a name"),
    ("There was no evidence of a flood at [Lake Siv].", ASSERTED, None, "a thing at a place"),
    ("It was not [Lake Siv].", ASSERTED, None, "plain negation"),
    ("Norland denies that [Upper Lake] was drained.", ATTRIBUTED, "norland", "denies that: who denies speaks"),
    ("Norland said there was no flood at [Upper Lake].", ATTRIBUTED, "norland", "a reported denial"),
    ("Norland denied a flood at “[Lake Siv]”.", SCARE, None, "a quoted name"),
    ("The so-called [Lake Siv] is deep.", SCARE, None, "a so-called name"),
]  # fmt: skip

CASES: list[tuple[str, Case]] = [
    (language, case)
    for language, cases in (
        ("en", ENGLISH),
        ("ru", RUSSIAN),
        ("fr", FRENCH),
        ("tr", TURKISH),
        ("az", AZERBAIJANI),
        ("hy", ARMENIAN),
    )
    for case in cases
]
