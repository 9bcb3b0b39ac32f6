from __future__ import annotations

import re
from html import unescape

import pytest
from django.urls import reverse

from certportal.catalog.models import Certification
from certportal.catalog.selectors.certification_list import (
    CertificationFilters,
    certification_list,
)

pytestmark = pytest.mark.django_db

URL = "/certifications/"


def codes(page):
    return [row.code for group in page.groups for row in group.rows]


def found(query, **chosen):
    sets = {name: frozenset(values) for name, values in chosen.items()}
    return codes(certification_list(CertificationFilters(query=query, chosen=sets), "en"))


def option(page, facet, value):
    [options] = [each.options for each in page.facets if each.name == facet]
    [wanted] = [each for each in options if each.value == value]
    return wanted


def text_of(html):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


# --- the page -------------------------------------------------------------------------------


def test_page_without_filters_lists_every_certification(catalogue, client):
    html = client.get(URL).content.decode()

    for code in Certification.objects.values_list("code", flat=True):
        assert html.count(f'<span class="code">{code}</span>') == 1
    assert html.count("<tr") - html.count('<tr class="group"') - 1 == 23
    assert reverse("catalog:certification-list") == URL


def test_page_marks_retired_ones_and_links_what_follows(catalogue, client):
    html = client.get(URL).content.decode()
    rows = html.split("<tr")

    [retired] = [row for row in rows if '<span class="code">MLS-C01</span>' in row]
    assert text_of(retired[retired.index("<td") :]) == (
        "Retired 31 Mar 2026 now MLA-C02 now AIP-C01 65 180 min"
    )
    assert 'href="/certifications/mla-c02/"' in retired
    assert html.count('class="is-retired"') == 7
    [advice] = [row for row in rows if '<span class="code">TF-DEV</span>' in row]
    assert "we suggest GCP-PMLE" in text_of(advice)


def test_page_groups_by_vendor_with_counts(catalogue, client):
    html = client.get(URL).content.decode()

    headings = re.findall(r'<tr class="group">(.*?)</tr>', html)
    assert [text_of(heading) for heading in headings] == [
        "AWS 10", "Microsoft 7", "Google 4", "Databricks 1", "Oracle 1",
    ]  # fmt: skip
    assert "23 certifications from 5 vendors, checked on 23 November 2026." in text_of(html)


def test_form_keeps_what_was_asked(catalogue, client):
    html = client.get(URL, {"q": "azure", "level": "associate", "sort": "name"}).content.decode()

    assert 'name="q" type="search" maxlength="100" value="azure"' in html
    assert 'name="level" value="associate" checked' in html
    assert html.count(" checked>") == 1
    assert '<option value="name" selected>' in html
    assert "<strong>3</strong> certifications" in html


def test_page_without_results_says_what_to_do(catalogue, client):
    html = client.get(URL, {"q": "qqqq zzzz"}).content.decode()

    assert "<strong>0</strong> certifications" in html
    assert "No certification matches" in html
    assert "Take away a filter" in html
    assert '<a class="btn" href="/certifications/">Show all certifications</a>' in html


def test_page_of_guesses_says_so(catalogue, client):
    html = client.get(URL, {"q": "arkitect"}).content.decode()

    assert "Nothing holds the words “arkitect”. These come close." in html
    assert '<span class="code">SAA-C03</span>' in html


@pytest.mark.parametrize(
    "query",
    [{}, {"q": "机器学习"}, {"q": "arkitect"}, {"q": "nothing at all"}, {"vendor": "aws"}],
)
def test_page_needs_at_most_six_statements(catalogue, client, query, django_assert_max_num_queries):
    with django_assert_max_num_queries(6):
        client.get(URL, query)


@pytest.mark.parametrize(
    "query",
    [
        {"vendor": "nobody", "level": "%", "sort": "'; drop"},
        {"q": "%_\\"},
        {"q": "x" * 5000},
        {"q": "'\" OR 1=1 --"},
        {"page": "2"},
    ],
)
def test_senseless_questions_are_answered(catalogue, client, query):
    assert client.get(URL, query).status_code == 200


def test_unknown_filter_values_hide_nothing(catalogue):
    page = certification_list(CertificationFilters(chosen={"vendor": frozenset({"nobody"})}))

    assert page.found == 23


def test_query_is_escaped(catalogue, client):
    html = client.get(URL, {"q": "<script>"}).content.decode()

    assert "&lt;script&gt;" in html
    assert "<script>" not in html


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_page_only_shows(client, method):
    assert getattr(client, method)(URL).status_code == 405


# --- search ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "first", "number"),
    [
        ("SAA-C03", "SAA-C03", 1),
        ("saac03", "SAA-C03", 1),
        ("ＳＡＡ－Ｃ０３", "SAA-C03", 1),
        ("  cloud   practitioner ", "CLF-C02", 1),
        ("Practitioner Cloud", "CLF-C02", 1),
        ("billing", "CLF-C02", 1),
        ("oracle", "1Z0-071", 1),
        ("Amazon Web Services", "CLF-C02", 10),
        ("微软", "AI-900", 7),
    ],
)
def test_search_finds_codes_names_vendors_and_domains(catalogue, query, first, number):
    results = found(query)

    assert results[0] == first
    assert len(results) == number


@pytest.mark.parametrize("query", ["机器学习", "机器学习 工程师", "账单", "生成式 AI"])
def test_search_in_chinese(catalogue, query):
    expected = {
        "机器学习": {"MLS-C01", "MLA-C02", "MLA-C01", "AI-900", "DP-100", "AI-300", "GCP-PMLE"},
        "机器学习 工程师": {"MLA-C02", "MLA-C01", "AI-300", "GCP-PMLE"},
        "账单": {"CLF-C02"},
        "生成式 AI": {"AIP-C01", "AIF-C01", "AI-900", "AI-300", "AI-102", "AI-103"},
    }[query]

    assert set(found(query)) == expected


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("machien lerning", "MLS-C01"),
        ("arkitect", "SAA-C03"),
        ("praktitioner", "CLF-C02"),
        ("databrics", "DATABRICKS-SPARK"),
        ("saa-co3", "SAA-C03"),
        ("tensorflw", "TF-DEV"),
    ],
)
def test_search_forgives_typing_errors(catalogue, query, code):
    page = certification_list(CertificationFilters(query=query))

    assert page.is_guess
    assert code in codes(page)
    assert page.found < 23


@pytest.mark.parametrize("query", ["kubernetes", "xyzzy", "量子烹饪", "zz"])
def test_search_does_not_guess_wildly(catalogue, query):
    page = certification_list(CertificationFilters(query=query))

    assert (page.found, page.is_guess) == (0, False)


def test_exact_results_are_no_guess(catalogue):
    assert not certification_list(CertificationFilters(query="machine learning")).is_guess


# --- filters ------------------------------------------------------------------------------------


def test_filters_join_facets_and_widen_within_one(catalogue):
    assert found("", vendor=["oracle", "databricks"]) == ["DATABRICKS-SPARK", "1Z0-071"]
    assert found("", vendor=["aws"], status=["retired"]) == ["SAP-C02", "MLS-C01", "MLA-C01"]
    assert found("", status=["beta"]) == ["MLA-C02"]
    assert found("", role=["architect"], level=["associate"]) == ["SAA-C03"]
    assert found("", language=["ar"]) == ["AI-900"]
    assert found("azure", status=["active"], level=["foundational"]) == ["AI-901", "DP-900"]


def test_counts_of_a_facet_stand_beside_the_other_filters(catalogue):
    everything = certification_list(CertificationFilters(), "en")
    retired = certification_list(
        CertificationFilters(chosen={"status": frozenset({"retired"})}), "en"
    )

    assert [(it.label, it.count) for it in everything.facets[0].options] == [
        ("AWS", 10), ("Microsoft", 7), ("Google", 4), ("Databricks", 1), ("Oracle", 1),
    ]  # fmt: skip
    assert option(everything, "status", "retired").count == 7
    assert option(everything, "level", "foundational").count == 6
    assert option(everything, "language", "en").count == 23
    assert option(retired, "vendor", "aws").count == 3
    assert option(retired, "status", "active").count == 15
    assert option(retired, "status", "retired").is_chosen
    assert not option(retired, "status", "active").is_chosen


def test_counts_of_each_single_choice_facet_make_the_whole(catalogue):
    page = certification_list(CertificationFilters(), "en")

    for facet in page.facets:
        if facet.name != "language":
            assert sum(each.count for each in facet.options) == 23, facet.name


@pytest.mark.parametrize("sort", ["vendor", "name", "level"])
def test_sorting_loses_nothing(catalogue, sort):
    page = certification_list(CertificationFilters(sort=sort), "en")

    assert sorted(codes(page)) == sorted(Certification.objects.values_list("code", flat=True))


def test_sorting_by_level_groups_by_level(catalogue):
    page = certification_list(CertificationFilters(sort="level"), "en")

    assert [(group.title, len(group.rows)) for group in page.groups] == [
        ("Foundational", 6), ("Associate", 11), ("Professional", 5), ("Specialty", 1),
    ]  # fmt: skip


def test_chinese_list_shows_chinese_names_beside_the_official_ones(catalogue, client):
    client.cookies["django_language"] = "zh-hans"

    html = client.get(URL).content.decode()

    assert "专业机器学习工程师" in html
    assert '<span class="sub" lang="en">Professional Machine Learning Engineer</span>' in html
    page = certification_list(CertificationFilters(), "zh-hans")
    assert option(page, "language", "ja").label == "日语"
    assert all(row.is_translated for group in page.groups for row in group.rows)
