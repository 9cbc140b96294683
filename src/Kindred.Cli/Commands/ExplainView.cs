using System.Globalization;
using Kindred.Cli.Options;
using Kindred.Cli.Output;
using Kindred.Data;
using Kindred.Models;
using Kindred.Pipelines;

namespace Kindred.Cli.Commands;

/// <summary>Why a pipeline's list is as it is, and why an item is not in it.</summary>
internal static class ExplainView
{
    private const int MostReasons = 3;

    /// <param name="missing">Ids of items that were asked about.</param>
    /// <exception cref="InputException">No pipeline answers, or there is no such item.</exception>
    public static void Print(LoadedRecommender adviser, in Query query, int count, string[] missing, CommandContext session)
    {
        if (adviser.Pipeline is not { } pipeline)
            throw new InputException($"{adviser.Name} is a model alone and has no steps to tell of; publish a pipeline: kindred publish --pipeline.");
        var items = adviser.Interactions.Items;
        int[] others = [.. missing.Select(id => items.TryGetIndex(id, out int item) ? item : throw new InputException($"There is no item '{id}' in the data of {adviser.Name}."))];
        var explained = pipeline.Explain(query, count, others);
        var list = new ItemList(items, adviser.Catalog);
        session.Print(new Grid([new("rank", IsNumber: true), new("item"), new("title", Wraps: true), new("proposed by", Wraps: true), new("on its way", Wraps: true)],
            [.. explained.Items.Select(story => new[] { $"{story.Rank}", items.Id(story.Item), list.TitleOf(story.Item), SourcesOf(story), WayOf(story) })]));
        if (others.Length > 0)
        {
            session.Print(new Heading("Why not?"));
            session.Print(new BulletList([.. others.Select(item => explained.Missing.Concat(explained.Items).First(story => story.Item == item))
                .Select(story => $"{list.TitleOf(story.Item)}: {story.Verdict}{(story.Sources.Count > 0 ? $" Proposed by {SourcesOf(story)}. {WayOf(story)}" : "")}".TrimEnd())]));
        }
        foreach (var left in explained.LeftOut) session.Print(new Paragraph($"Without {left.Step}: {left.Why}."));
        session.Print(new Paragraph($"By {adviser.Name}: {string.Join(" → ", pipeline.Sources.Concat(pipeline.Stages.Select(stage => stage.Name)))}."));
        object ToJson(ItemTrace story) => new { itemId = items.Id(story.Item), title = adviser.Catalog.TitleOf(story.Item), story.Rank, story.Verdict, story.Sources, story.Stages };
        session.Print(new JsonResult(new { items = explained.Items.Select(ToJson), missing = explained.Missing.Select(ToJson), explained.LeftOut }));
    }

    private static string SourcesOf(ItemTrace story) => string.Join(", ", story.Sources.Select(source => $"{source.Source} #{source.Rank}"));

    private static string WayOf(ItemTrace story) => string.Join("; ", story.Stages.Select(stage =>
        $"{stage.Stage} {(stage.RankAfter == 0 ? "removed it" : $"{stage.RankBefore} → {stage.RankAfter}")}" +
        (stage.Reasons.Count == 0 || stage.RankAfter == 0 ? "" : $" ({string.Join(", ", stage.Reasons.Take(MostReasons).Select(TextOf))})")));

    private static string TextOf(Reason reason) =>
        reason.Amount is { } amount ? string.Create(CultureInfo.InvariantCulture, $"{reason.What}: {amount:+0.00;-0.00}") : reason.What;
}
