using Kindred.Models;
using Kindred.Numerics;
using Kindred.Pipelines;
using Kindred.Reranking.Rules;
using Kindred.Tests.Support;

namespace Kindred.Tests.Reranking.Rules;

public sealed class RuleSetTests
{
    private static readonly Query Anybody = new(-1, default);

    /// <summary>Items 0 to 7 have the scores 8 to 1.</summary>
    private static Candidates Eight => Lists.Of(8, 7, 6, 5, 4, 3, 2, 1);

    private static RuleSet Of(params (string When, string Then)[] rules) =>
        RuleSet.Of([.. rules.Select((rule, n) => new Rule($"r{n}", rule.When, RuleAction.Parse($"r{n}", rule.Then), Schedule.Always))],
            Shop.Columns);

    private static int[] After(params (string When, string Then)[] rules) => Lists.After(Of(rules), Eight);

    [Fact]
    public void A_filter_removes_what_it_holds_for() =>
        Assert.Equal([2, 3, 4, 6, 7], After(("item.genres has 'Horror'", "filter"), ("item.id = 'i0'", "filter")));

    /// <summary>Item 4: 4 · 1.5 · 1.4 = 8.4; item 5: 3 · 1.4 = 4.2; item 0: 8 · .5 = 4, below item 5.</summary>
    [Fact]
    public void Boosts_and_buries_multiply_and_the_list_is_sorted() => Assert.Equal([4, 1, 2, 3, 5, 0, 6, 7],
        After(("item.country = 'FR'", "boost x1.5"), ("item.country in ['FR', 'DE']", "boost 1.4"),
            ("item.title = 'Heat'", "bury x0.35714287")));

    /// <summary>Two pins at 1 are at 1 and 2, one at 500 is at the end; one that holds for nothing near its rank pins nothing.</summary>
    [Fact]
    public void Pinned_places_are_known_in_the_finished_list()
    {
        (string, string)[] pins = [("item.id = 'i7'", "pin at 1"), ("item.id = 'i6'", "pin at 1"), ("item.id = 'i3'", "pin at 500"),
            ("item.id = 'i99'", "pin at 4"), ("item.genres has 'Comedy'", "boost 1.1")];
        int[] list = After(pins);
        Assert.Equal([7, 6, 3], new[] { list[0], list[1], list[^1] });
        Assert.Equal([0, 1, 7], Of(pins).PinnedPlaces(Anybody, list).Order());
        Assert.Empty(Of(pins).PinnedPlaces(Anybody, [0, -1, 2, 4, 5]));
        Assert.Empty(Of(pins).PinnedPlaces(Anybody, []));
    }

    /// <summary>−4 / 2 = −2 is above −3; −1 / .25 = −4 is below it.</summary>
    [Fact]
    public void Scores_below_zero_are_raised_by_boosts_as_well()
    {
        var candidates = Lists.Of(-1, -3, -4);
        Assert.Equal([2, 1, 0], Lists.After(Of(("item.id = 'i2'", "boost x2"), ("item.id = 'i0'", "bury x0.25")), candidates));
        Assert.Equal([-2, -3, -4], candidates.Scores.ToArray());
    }

    [Fact]
    public void A_pin_puts_the_best_it_holds_for_at_its_rank()
    {
        Assert.Equal([0, 1, 4, 2, 3, 5, 6, 7], After(("item.id = 'i4'", "pin at 3")));
        Assert.Equal([3, 0, 1, 2, 4, 5, 6, 7], After(("item.title = 'Dune'", "pin at 1")));
        Assert.Equal([7, 6, 0, 1, 2, 3, 4, 5], After(("item.id = 'i7'", "pin at 1"), ("item.id = 'i6'", "pin at 1"))); // the next free rank
        Assert.Equal([0, 1, 2, 4, 5, 6, 7, 3], After(("item.id = 'i3'", "pin at 500")));
        // each pins another item
        Assert.Equal([3, 0, 6, 1, 2, 4, 5, 7], After(("item.title = 'Dune'", "pin at 1"), ("item.title = 'Dune'", "pin at 3")));
    }

    [Fact]
    public void A_cap_lets_in_so_many()
    {
        Assert.Equal([0, 1, 2, 3, 6], After(("item.genres has 'Comedy'", "cap 1")));
        Assert.Equal([2, 6], After(("item.genres in ['Comedy', 'Drama', 'Horror']", "cap 0")));
        // the pinned one counts first
        Assert.Equal([7, 1, 2, 3, 6], After(("item.genres has 'Comedy'", "cap 1"), ("item.id = 'i7'", "pin 1")));
        Assert.Equal([0, 1, 2, 4, 6], After(("item.genres has 'Comedy'", "cap 2"), ("item.genres has 'Drama'", "cap 1"),
            ("item.genres has 'Comedy'", "cap 7")));
    }

    [Fact]
    public void An_item_that_the_catalog_does_not_know_meets_nothing() =>
        Assert.Equal([0, 99], Lists.After(Of(("not item.genres has 'Comedy'", "filter"), ("true", "boost 2")),
            Lists.Of([0, 1, 99], [3, 2, 5])));

    [Fact]
    public void A_rule_holds_in_its_season_only()
    {
        var rules = RuleSet.Parse("""[{"name": "january", "then": "filter", "from": "2026-01-01", "to": "2026-02-01"}]""", Shop.Columns);
        int Left(string? time) =>
            Lists.After(rules, Eight, Shop.Of(0, time is null ? null : DateTimeOffset.Parse(time).ToUnixTimeSeconds())).Length;
        Assert.Equal((8, 0, 0, 8), (Left("2025-12-31T23:59:59Z"), Left("2026-01-01T00:00:00Z"), Left("2026-01-31T23:59:59Z"),
            Left("2026-02-01T00:00:00Z")));
        Assert.Equal(8, Left(null)); // a time that is not known is in no season
        Assert.Equal(0, Left("2026-02-01T00:00:00+01:00")); // an hour before, in UTC
        var open = RuleSet.Parse("""[{"name": "since", "then": "filter", "from": "2026-01-01T12:30"}]""", Shop.Columns);
        Assert.Equal(8, Lists.After(open, Eight, Shop.Of(0, DateTimeOffset.Parse("2026-01-01T12:29Z").ToUnixTimeSeconds())).Length);
        Assert.Empty(Lists.After(open, Eight, Shop.Of(0, DateTimeOffset.Parse("2036-01-01T12:30Z").ToUnixTimeSeconds())));
    }

    [Fact]
    public void It_is_said_which_rules_concern_an_item()
    {
        var rules = Of(("item.year > 2000", "boost 2"), ("user.age < 18", "cap 3"), ("item.title = 'Dune'", "pin at 2"));
        Assert.Equal(["r0", "r2"], rules.RulesFor(Shop.Of(2), 6).Select(rule => rule.Name));
        Assert.Equal(["r1"], rules.RulesFor(Shop.Of(0), 0).Select(rule => rule.Name));
        Assert.Equal("boost x2", rules.Rules[0].Then.ToString());
    }

    [Fact]
    public void What_is_pinned_is_proposed_whatever_the_other_sources_propose()
    {
        var rules = Of(
            ("item.title = 'Dune'", "pin at 1"), ("item.id = 'i7'", "pin at 2"), ("user.age > 30 and item.id = 'i1'", "pin at 1"));
        Pipeline With(int user) => new([new("pins", new PinnedItemsRetriever(rules, Shop.Items))], [rules]);
        Assert.Equal([3, 7], With(0).Recommend(Shop.Of(0), 10).Select(c => c.Item));
        Assert.Equal([3, 7, 1], With(2).Recommend(Shop.Of(2), 10).Select(c => c.Item)); // rank 1 is taken, and rank 2
        Assert.Equal([6, 7], With(0).Recommend(Shop.Of(0) with { Allowed = BitSet.Of(Shop.Items, [6, 7]) }, 10).Select(c => c.Item));
    }

    [Fact]
    public void The_rules_of_one_request_are_not_those_of_the_next()
    {
        var rules = Of(("user.age < 18", "filter"), ("context.device = 'tv'", "boost 2"));
        string[] Concerned(Query query) => [.. rules.RulesFor(query, 0).Select(rule => rule.Name)];
        Query child = Shop.Of(0), adult = Shop.Of(2);
        for (int n = 0; n < 3; n++)
        {
            Assert.Equal(["r0"], Concerned(child));
            Assert.Equal([], Concerned(adult));
            Assert.Equal([], Concerned(child with { User = 1 })); // the same context, another user
            Assert.Equal(["r0", "r1"], Concerned(Shop.Of(0, device: "tv")));
            Assert.Equal(["r0"], Concerned(new Query(0, default)));
        }
    }

    [Fact]
    public void More_rules_than_a_set_may_have_are_refused()
    {
        static string Json(int count) =>
            $"[{string.Join(',', Enumerable.Range(0, count).Select(n => $"{{\"name\": \"r{n}\", \"then\": \"pin at 1\"}}"))}]";
        Assert.Equal("There are 1,001 rules; write at most 1,000.",
            Assert.Throws<InputException>(() => RuleSet.Parse(Json(1001), Shop.Columns)).Message);
        Assert.Equal("There are 1,001 rules; write at most 1,000.", Assert.Throws<InputException>(
            () => Of([.. Enumerable.Repeat(("true", "filter"), 1001)])).Message);
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7], Lists.After(RuleSet.Parse(Json(1000), Shop.Columns), Eight));
    }

    [Fact]
    public void A_file_without_end_is_not_read_to_the_end()
    {
        Assert.SkipUnless(File.Exists("/dev/zero"), "There is no file without end here.");
        Assert.Equal("/dev/zero is longer than 1,048,576 characters; is it the right file?",
            Assert.Throws<InputException>(() => RuleSet.Read("/dev/zero", Shop.Columns)).Message);
        Assert.Equal("The rules' text is longer than 1,048,576 characters; is it the right file?",
            Assert.Throws<InputException>(() => RuleSet.Parse(new(' ', (1 << 20) + 1), Shop.Columns)).Message);
    }

    [Theory]
    [InlineData("{}", "Rules must be a JSON array of objects, as in [{\"name\": …, \"then\": …}].")]
    [InlineData("[\n{\"name\": }]", "The rules are no JSON, line 2, column 10: look for a comma, quote or bracket there.")]
    [InlineData("[{\"then\": \"filter\", \"then\": \"cap 3\"}]", "Rule 1 has two then; leave out one.")]
    [InlineData("[{\"\\ud800\": \"filter\"}]", "Rule 1 has a text with half of a character; look for a lone \\ud8 to \\udf.")]
    [InlineData("[3]", "Rule 1 must be an object, as in {\"name\": …, \"when\": …, \"then\": …}.")]
    [InlineData("[{\"then\": \"filter\"}]", "Rule 1 has no name; add one, for messages and reports.")]
    [InlineData("[{\"name\": \"a\"}]", "Rule 'a' does nothing; add \"then\": filter, boost x1.5, bury x0.5, pin at 3 or cap 2.")]
    [InlineData("[{\"name\": \"a\", \"than\": \"filter\"}]", "Rule 1 has 'than', which no rule has; there are name, when, then, from, to.")]
    [InlineData("[{\"name\": \"a\", \"then\": 3}]", "Rule 1: then must be a text in quotes.")]
    [InlineData("[{\"name\": \"a\", \"then\": \"filter\"}, {\"name\": \"a\", \"then\": \"filter\"}]",
        "There are two rules 'a'; give each its own name.")]
    [InlineData("[{\"name\": \"\\ud800\", \"then\": \"filter\"}]",
        "Rule 1 has a text with half of a character; look for a lone \\ud8 to \\udf.")]
    [InlineData("[{\"name\": \"a\", \"then\": \"filter\", \"when\": \"item.yeer = 3\"}]",
        "Rule 'a', column 1: there is no item attribute 'yeer'; there are country, genres, id, list price, title, year.")]
    [InlineData("[{\"name\": \"a\", \"then\": \"filter\", \"from\": \"soon\"}]",
        "Rule 'a': 'soon' is no date; write one such as 2026-01-31 or 2026-01-31T18:00, in UTC.")]
    [InlineData("[{\"name\": \"a\", \"then\": \"filter\", \"from\": \"2026-01-02\", \"to\": \"2026-01-02\"}]",
        "Rule 'a' ends at 2026-01-02, which is not after its beginning at 2026-01-02.")]
    [InlineData("[{\"name\": \"a\", \"then\": \"hide\"}]",
        "Rule 'a': 'hide' is no action; write filter, boost x1.5, bury x0.5, pin at 3 or cap 2.")]
    [InlineData("[{\"name\": \"a\", \"then\": \"boost 0.5\"}]", "Rule 'a': boost needs a factor above 1, was '0.5'.")]
    [InlineData("[{\"name\": \"a\", \"then\": \"boost much\"}]", "Rule 'a': boost needs a factor above 1, was 'much'.")]
    [InlineData("[{\"name\": \"a\", \"then\": \"bury x2\"}]", "Rule 'a': bury needs a factor between 0 and 1, was 'x2'.")]
    [InlineData("[{\"name\": \"a\", \"then\": \"pin at 0\"}]", "Rule 'a': pin needs a rank from 1, was '0'.")]
    [InlineData("[{\"name\": \"a\", \"then\": \"cap -1\"}]", "Rule 'a': cap needs a number of items from 0, was '-1'.")]
    [InlineData("[{\"name\": \"a\", \"then\": \"cap 1 2\"}]",
        "Rule 'a': 'cap 1 2' is no action; write filter, boost x1.5, bury x0.5, pin at 3 or cap 2.")]
    public void Rules_that_cannot_be_read_are_refused(string json, string sentence) =>
        Assert.Equal(sentence, Assert.Throws<InputException>(() => RuleSet.Parse(json, Shop.Columns)).Message);

    [Fact]
    public void Rules_are_read_from_a_file()
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "rules.json");
        File.WriteAllText(
            path, """[{"name": "a", "when": "item.year = 1990", "then": "filter"}, /* one more */ {"name": "b", "then": "cap 3"},]""");
        Assert.Equal([1, 2, 3], Lists.After(RuleSet.Read(path, Shop.Columns), Eight, Anybody));
        Assert.Contains("missing.json cannot be read", Assert.Throws<InputException>(
            () => RuleSet.Read(Path.Combine(folder.Path, "missing.json"), Shop.Columns)).Message, StringComparison.Ordinal);
    }
}
