using System.Globalization;
using Kindred.Cli.Options;
using Kindred.Cli.Output;
using Kindred.Pipelines;

namespace Kindred.Cli.Commands;

/// <summary>Why a list is as it is, and why an item is not in it.</summary>
internal static class ExplainView
{
    private const int MostReasons = 3;

    public static void Print(LoadedRecommender adviser, Recommendation answer, CommandContext session)
    {
        var list = new ItemList(adviser.Interactions.Items, adviser.Catalog);
        session.Print(new Grid(
            [new("rank", IsNumber: true), new("item"), new("title", Wraps: true), new("proposed by", Wraps: true),
                new("on its way", Wraps: true)],
            [.. answer.Items.Select((item, n) => RowOf(n + 1, item, list))]));
        var missing = answer.WhyNot ?? [];
        if (missing.Count > 0)
        {
            session.Print(new Heading("Why not?"));
            session.Print(new BulletList([.. missing.Select(item => $"{TitleOf(item, list)}: {SentencesOf(item)}")]));
        }
        foreach (var skipped in answer.SkippedSteps)
            session.Print(
                new Paragraph($"Without {skipped.Step}: {skipped.Why}{(skipped.Error is { } error ? $" ({error.Message})" : "")}."));
        session.Print(new Paragraph($"By {adviser.Name}."));
        session.Print(new JsonResult(new
        {
            items = answer.Items.Select(
                (item, n) => new { item.ItemId, item.Title, rank = n + 1, item.Explanation?.Sources, item.Explanation?.Stages }),
            missing = missing.Select(item => new { item.ItemId, item.Verdict, item.Explanation?.Sources, item.Explanation?.Stages }),
            leftOut = answer.SkippedSteps,
        }));
    }

    private static string[] RowOf(int rank, RecommendedItem item, ItemList list) =>
        [$"{rank}", item.ItemId, list.TitleOf(item.ItemId), SourcesOf(item.Explanation), WayOf(item.Explanation)];

    private static string TitleOf(MissingItem item, ItemList list) =>
        item.Explanation is null ? item.ItemId : list.TitleOf(item.ItemId); // null: no such item

    private static string SentencesOf(MissingItem item) => item.Explanation is { Sources.Count: > 0 } way
        ? $"{item.Verdict} Proposed by {SourcesOf(way)}. {WayOf(way)}".TrimEnd()
        : item.Verdict;

    private static string SourcesOf(ItemExplanation? way) =>
        string.Join(", ", (way?.Sources ?? []).Select(source => $"{source.Source} #{source.Rank}"));

    private static string WayOf(ItemExplanation? way) => string.Join("; ", (way?.Stages ?? []).Select(WayOf));

    private static string WayOf(StageTrace stage)
    {
        if (stage.RankAfter == 0) return $"{stage.Stage} removed it";
        string reasons = string.Join(", ", stage.Reasons.Take(MostReasons).Select(TextOf));
        return $"{stage.Stage} {stage.RankBefore} → {stage.RankAfter}{(reasons.Length > 0 ? $" ({reasons})" : "")}";
    }

    private static string TextOf(Reason reason) => reason.Amount is { } amount
        ? string.Create(CultureInfo.InvariantCulture, $"{reason.What}: {amount:+0.00;-0.00}")
        : reason.What;
}
