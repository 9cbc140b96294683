using System.Globalization;
using Kindred.Models;

namespace Kindred.Pipelines;

/// <summary>
/// Where sources rank items that they did not propose: each is asked once for its whole list, when the first such item is asked about.
/// Cost: a score of every item, and sorting them.
/// </summary>
internal sealed class SourceRanks(Pipeline pipeline, Query query, CancellationToken cancellationToken)
{
    private readonly Dictionary<string, WholeList> _lists = new(StringComparer.Ordinal);

    /// <returns>What the sources say of an item, in a sentence.</returns>
    public string SentenceFor(int item)
    {
        var (own, fallbacks) = (pipeline.Steps[..^pipeline.Fallbacks], pipeline.Steps[^pipeline.Fallbacks..]);
        string[] said = SaidBy(own, item);
        // a fallback has its say where all sources rank whatever they know, and none knows the item
        bool isKnown = said.Length < own.Length || said.Any(text => text.Contains(" ranks it ", StringComparison.Ordinal));
        if (!isKnown) said = [.. said, .. SaidBy(fallbacks, item)];
        return $"No source proposed it among its best{(said.Length == 0 ? "" : $": {string.Join("; ", said)}")}.";
    }

    private string[] SaidBy(Source[] sources, int item) =>
        [.. sources.Where(source => source.Retriever.Exhaustive is not null)
            .Select(source => ListOf(source).SentenceFor(item, source.Name))];

    private WholeList ListOf(Source source)
    {
        if (_lists.TryGetValue(source.Name, out var list)) return list;
        var retriever = source.Retriever.Exhaustive!;
        var (items, scores) = (new int[retriever.ItemCount], new float[retriever.ItemCount]);
        int length = retriever.Retrieve(query, items, scores, cancellationToken);
        return _lists[source.Name] = new(items, scores, length);
    }

    /// <param name="Items">Best first; only the first <paramref name="Length"/> count.</param>
    /// <param name="Scores">[Items]</param>
    private sealed record WholeList(int[] Items, float[] Scores, int Length)
    {
        public string SentenceFor(int item, string source)
        {
            int place = Array.IndexOf(Items, item, 0, Length);
            return place < 0 ? $"{source} has no score for it" : string.Create(
                CultureInfo.InvariantCulture, $"{source} ranks it {place + 1:N0} of {Length:N0}, with a score of {Scores[place]:G4}");
        }
    }
}
