namespace Kindred.Pipelines;

/// <summary>Why a list is as it is.</summary>
/// <param name="Items">The way of each item of the answer, in its order.</param>
/// <param name="Missing">The way of each other item that was asked about, in that order.</param>
internal sealed record Explanation(IReadOnlyList<ItemTrace> Items, IReadOnlyList<ItemTrace> Missing);

/// <summary>The way of an item through a pipeline.</summary>
/// <param name="Rank">Its rank after the last stage; 0: it did not come so far.</param>
/// <param name="Verdict">One sentence.</param>
/// <param name="Sources">Those that proposed it.</param>
/// <param name="Stages">Those that moved, re-scored or removed it, or have something to say of it, in the order of the pipeline.</param>
internal sealed record ItemTrace(int Item, int Rank, string Verdict, IReadOnlyList<SourceTrace> Sources, IReadOnlyList<StageTrace> Stages);

/// <param name="Rank">In its list, from 1.</param>
public sealed record SourceTrace(string Source, int Rank, float Score);

/// <summary>What a stage did to an item.</summary>
/// <param name="RankAfter">0: the stage removed it.</param>
/// <param name="ScoreAfter">Null: the stage removed it.</param>
/// <param name="Reasons">The most important first.</param>
public sealed record StageTrace(
    string Stage, int RankBefore, int RankAfter, float ScoreBefore, float? ScoreAfter, IReadOnlyList<Reason> Reasons);

/// <summary>Something that speaks for or against an item at a stage.</summary>
/// <param name="Amount">In the stage's own unit, such as a feature's part of the score; null: there is none.</param>
public readonly record struct Reason(string What, double? Amount = null);
