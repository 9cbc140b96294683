using Kindred.Data;
using Kindred.Models;
using Kindred.Reranking.Rules;

namespace Kindred.Tests.Reranking.Rules;

/// <summary>Eight films, three users and a moment, as plain arrays and as columns.</summary>
internal static class Shop
{
    public const int Items = 8;

    public static readonly string[][] Genres = [["Comedy", "Drama"], ["Horror"], [], ["Drama"], ["Comedy"], ["Drama", "Horror", "Comedy"],
        ["Sci-Fi"], ["Comedy"]];

    public static readonly string?[] Countries = ["DE", "US", "US", null, "FR", "DE", "JP", "US"];

    public static readonly float[] Years = [1990, 1995, float.NaN, 2001, -3, 1990, 2020, 1975.5f];

    public static readonly float[] Prices = [.1f, 0, 5, float.NaN, 12, 3.3f, 7, 1];

    public static readonly string[] Titles = ["Heat", "It", "", "Dune", "Up", "Her", "Dune", "Jaws"];

    public static readonly string[]?[] UserCountries = [["DE"], [], ["US", "FR"]];

    public static readonly float[] Ages = [12, float.NaN, 40];

    public static readonly Vocabulary ItemIds = new([.. Enumerable.Range(0, Items).Select(item => $"i{item}")]);

    public static readonly Vocabulary UserIds = new(["ann", "bob", "cy"]);

    public static readonly RuleColumns Columns = new(
        Catalog.Empty(Items) with
        {
            Labels = new Dictionary<string, LabelColumn> { ["genres"] = LabelColumn.From(Genres),
                ["country"] = LabelColumn.From(Countries) },
            Numbers = new Dictionary<string, NumberColumn> { ["year"] = new(Years), ["list price"] = new(Prices) },
            Texts = new Dictionary<string, TextColumn> { ["title"] = new(StringTable.From(Titles)) },
        },
        Catalog.Empty(3) with
        {
            Labels =
                new Dictionary<string, LabelColumn> { ["country"] =
                    LabelColumn.From([.. UserCountries.Select(c => (IReadOnlyList<string>)c!)]) },
            Numbers = new Dictionary<string, NumberColumn> { ["age"] = new(Ages) },
        },
        Catalog.Empty(0) with
        {
            Labels = new Dictionary<string, LabelColumn> { ["device"] = LabelColumn.From(["phone", "tv"]) },
            Numbers = new Dictionary<string, NumberColumn> { ["speed"] = new(default) },
        })
    {
        ItemIds = ItemIds,
        UserIds = UserIds,
    };

    /// <summary>Friday, 2026-01-02 20:30 UTC.</summary>
    public static readonly long Friday = new DateTimeOffset(2026, 1, 2, 20, 30, 0, TimeSpan.Zero).ToUnixTimeSeconds();

    public static Query Of(int user, long? time = null, string? device = null, float? speed = null, string? country = null)
    {
        var labels = new Dictionary<string, IReadOnlyList<string>>();
        if (device is not null) labels.Add("device", [device]);
        if (country is not null) labels.Add("user.country", [country]);
        var numbers = new Dictionary<string, float>();
        if (speed is { } known) numbers.Add("speed", known);
        return new(user, default)
        {
            Context = new() { Time = time, Labels = labels, Numbers = numbers },
        };
    }

    /// <summary>The items that an expression holds for.</summary>
    public static int[] Holds(string expression, Query query) => Holds(Only(expression), query);

    public static int[] Holds(RuleSet rules, Query query) =>
        [.. Enumerable.Range(0, Items).Where(item => rules.RulesFor(query, item).Count > 0)];

    public static RuleSet Only(string expression) =>
        RuleSet.Of([new Rule("test", expression, new(RuleActionKind.Filter), Schedule.Always)], Columns);
}
