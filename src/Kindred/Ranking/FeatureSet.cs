using Kindred.Models;
using Kindred.Numerics;
using Kindred.Pipelines;

namespace Kindred.Ranking;

/// <summary>
/// What a ranker sees of a candidate: columns by name, declared once, computed by the same code when it is trained and when it is asked.
/// What is counted is counted before the moment of the query, so that one set, bound to all events, makes the rows of the past as they
/// would have been then. The moment is the time of the query's context or, without one, just after the newest event of the data. Immutable.
/// </summary>
/// <remarks>
/// | name | column |
/// | --- | --- |
/// | <c>score:SOURCE</c>, <c>rank:SOURCE</c> | what the source said of the item; NaN where it did not propose it |
/// | <c>sources</c> | how many sources proposed it |
/// | <c>item.events</c>, <c>item.events:DAYS</c> | events of the item, of the last days alone |
/// | <c>item.age</c> | days since the item was first seen |
/// | <c>item.NUMBER</c> | a number of the catalog |
/// | <c>user.events</c>, <c>user.idle</c> | events of the history; days since the last one |
/// | <c>match.LABELS</c> | share of the history's events whose item shares a label of that column |
/// | <c>context.hour</c>, <c>context.weekday</c> | 0…23, 1 (Monday)…7, in UTC; NaN where the query has no time |
/// | <c>context.NUMBER</c>, <c>context.LABELS</c> | what the query's context says; of labels the first, as a category |
/// | <c>similarity:NAME</c>, <c>similarity.last:NAME</c> | cosine of the item's embedding with the history's mean, with its last item's |
/// | <c>cross:user.LABELS*item.LABELS</c> | how much more often the labels go together than by chance, see <see cref="LabelLift"/> |
/// | <c>cross:context.LABELS*item.LABELS</c> | likewise; so <c>context.hour</c> and <c>context.weekday</c> |
/// What cannot be dated — scores of sources, embeddings, attributes — is as it was given: those who make rows of the past give models of
/// the past. Cost of a row: some nanoseconds a column, of counts a search or two in the item's events; of <c>match</c>, <c>similarity</c>
/// and <c>cross</c> once for a request the history or the labels. Memory: 8 bytes an event.
/// </remarks>
internal sealed class FeatureSet
{
    private const int FewLabels = 50;

    private readonly FeatureColumn[] _columns;
    private readonly long _afterAll; // UTC Unix seconds

    /// <param name="names">As above; the order of the columns.</param>
    /// <param name="data">What is known: events, and attributes of items, users and moments.</param>
    /// <param name="sources">Of the candidates that will come, in their order.</param>
    /// <param name="embeddings">[items, d] by name.</param>
    /// <exception cref="InputException">A name is none, or speaks of a source, attribute or embedding that is not there.</exception>
    public FeatureSet(
        IReadOnlyList<string> names, Interactions data, IReadOnlyList<string> sources,
        IReadOnlyDictionary<string, Matrix>? embeddings = null)
    {
        if (names.Count == 0) throw new InputException("A ranker needs one feature at least.");
        Names = [.. names];
        if (Names.Distinct().Count() < Names.Count)
            throw new InputException($"The feature '{Names.GroupBy(n => n).First(g => g.Count() > 1).Key}' is named twice.");
        var columns = new FeatureColumns(data, [.. sources], embeddings ?? new Dictionary<string, Matrix>());
        _columns = [.. names.Select(columns.Of)];
        Categorical = [.. Enumerable.Range(0, Names.Count).Where(n => columns.IsCategorical(Names[n]))];
        Data = data;
        if (data.Histories.HasTimes) _afterAll = Math.Max(_afterAll, data.Histories.Newest + 1);
    }

    public IReadOnlyList<string> Names { get; }

    /// <summary>The columns whose values are numbers of categories, without an order.</summary>
    public IReadOnlyList<int> Categorical { get; }

    /// <summary>
    /// Whether moments after the newest event count as just after it, as they must where requests come later than the data: of what
    /// happened since nothing is known, and that must not be taken for silence.
    /// </summary>
    public bool IsServing { get; init; }

    /// <summary>What the set is bound to.</summary>
    internal Interactions Data { get; }

    /// <returns>All features that data, sources and embeddings have, a good start: of crosses those of few labels, of the moment itself
    /// none.</returns>
    public static IReadOnlyList<string> NamesFor(
        Interactions data, IReadOnlyList<string> sources, IReadOnlyDictionary<string, Matrix>? embeddings = null)
    {
        List<string> names = ["sources", "item.events", "user.events"];
        foreach (string source in sources) names.AddRange([$"score:{source}", $"rank:{source}"]);
        if (data.Histories.HasTimes) names.AddRange(["item.events:7", "item.events:30", "item.age", "user.idle"]);
        names.AddRange(data.ItemAttributes.Numbers.Keys.Select(name => $"item.{name}"));
        names.AddRange(data.ItemAttributes.Labels.Keys.Select(name => $"match.{name}"));
        names.AddRange(data.Context.Numbers.Keys.Concat(data.Context.Labels.Keys).Select(name => $"context.{name}"));
        foreach (string name in embeddings?.Keys ?? []) names.AddRange([$"similarity:{name}", $"similarity.last:{name}"]);
        names.AddRange(
            from user in data.UserAttributes.Labels
            where user.Value.Labels.Count <= FewLabels
            from item in data.ItemAttributes.Labels
            where item.Value.Labels.Count <= FewLabels
            select $"cross:user.{user.Key}*item.{item.Key}");
        return names;
    }

    /// <param name="rows">[at least the candidates, features]; a row for each place, overwritten; all NaN for an item later than the
    /// data.</param>
    public void Write(in Query query, Candidates candidates, Matrix rows)
    {
        if (rows.Columns != Names.Count || rows.Rows < candidates.Count)
            throw new ArgumentException(
                $"{candidates.Count} candidates have {Names.Count} features each, there is room for {rows.Rows} x {rows.Columns}.",
                nameof(rows));
        var values = rows.Values.Span;
        int items = Data.Items.Count;
        var known = query.Within(items); // of items that came after the data nothing can be said
        bool areKnown = !candidates.Items.ContainsAnyExceptInRange(0, items - 1);
        long moment = Math.Min(query.Context?.Time ?? _afterAll, IsServing ? _afterAll : long.MaxValue);
        for (int column = 0; column < _columns.Length; column++)
        {
            var value = _columns[column](known, moment);
            for (int place = 0; place < candidates.Count; place++)
                values[(place * rows.Columns) + column] =
                    areKnown || (uint)candidates.Items[place] < (uint)items ? value(candidates, place) : float.NaN;
        }
    }
}
