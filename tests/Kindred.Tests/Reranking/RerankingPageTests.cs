using System.Text.RegularExpressions;
using Kindred.Data;
using Kindred.Reranking.Rules;
using Kindred.Tests.Support;

namespace Kindred.Tests.Reranking;

/// <summary>The examples of docs/reranking.md are rules that can be read.</summary>
public sealed partial class RerankingPageTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(RealData.Root, "docs", "reranking.md"));

    /// <summary>The columns that the page says it writes about.</summary>
    private static readonly RuleColumns Columns = new(
        Catalog.Empty(2) with
        {
            Labels = new Dictionary<string, LabelColumn>
            {
                ["genres"] = LabelColumn.From([["Comedy", "Drama"], ["Horror", "Christmas"]]),
                ["language"] = LabelColumn.From(["de", "en"]),
            },
            Numbers = new Dictionary<string, NumberColumn> { ["year"] = new(new float[] { 1990, 2026 }),
                ["list price"] = new(new float[] { 9, 30 }) },
            Texts = new Dictionary<string, TextColumn> { ["title"] = new(StringTable.From(["Heat", "Up"])) },
        },
        Catalog.Empty(1) with
        {
            Labels = new Dictionary<string, LabelColumn> { ["country"] = LabelColumn.From(["DE"]),
                ["language"] = LabelColumn.From(["de"]) },
            Numbers = new Dictionary<string, NumberColumn> { ["age"] = new(new float[] { 12 }) },
        },
        Catalog.Empty(0) with { Labels = new Dictionary<string, LabelColumn> { ["device"] = LabelColumn.From(["phone", "tv"]) } })
    {
        ItemIds = new(["tt0113277", "tt1049413"]),
    };

    [Fact]
    public void Every_set_of_rules_on_the_page_is_read()
    {
        var sets = JsonBlock().Matches(Page);
        Assert.NotEmpty(sets);
        foreach (Match set in sets)
        {
            var rules = RuleSet.Parse(set.Groups[1].Value, Columns);
            Assert.NotEmpty(rules.Rules);
            Assert.Empty(rules.Warnings);
        }
    }

    [Fact]
    public void Every_expression_on_the_page_is_read()
    {
        string[] expressions = [.. RuleBlock().Matches(Page)
            .SelectMany(block => block.Groups[1].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries))];
        Assert.True(expressions.Length > 5);
        foreach (string expression in expressions)
            Assert.Empty(RuleSet.Of([new Rule(expression, expression, new(RuleActionKind.Filter), Schedule.Always)], Columns).Warnings);
    }

    [GeneratedRegex("```json\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex JsonBlock();

    [GeneratedRegex("```rules\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex RuleBlock();
}
