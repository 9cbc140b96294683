using System.Collections.Concurrent;
using Kindred.Models;

namespace Kindred.Pipelines;

/// <summary>
/// sources → each item once, with what every source said of it → stages → best <c>count</c>. Whatever the sources do, nothing is answered that is
/// not allowed.
/// </summary>
public sealed class Pipeline : IRecommender
{
    private readonly IReadOnlyList<Source> _sources;
    private readonly IReadOnlyList<IStage> _stages;
    private readonly string[] _names;
    private readonly ConcurrentBag<Scratch> _idle = []; // as many as there are threads

    public Pipeline(IReadOnlyList<Source> sources, IReadOnlyList<IStage> stages)
    {
        (_sources, _stages, _names) = (sources, stages, [.. sources.Select(source => source.Name)]);
        if (_names.Distinct().Count() < _names.Length) throw new ArgumentException("Two sources have the same name.", nameof(sources));
    }

    /// <summary>The names of the sources, in the order in which candidates number them.</summary>
    public IReadOnlyList<string> Sources => _names;

    public IReadOnlyList<Candidate> Recommend(in Query query, int count) => Ask(query, count, candidates => candidates.ToList());

    /// <summary>Answers with something else than a list of items: for who wants to see what the sources said.</summary>
    /// <param name="read">Told the candidates that are left, best first; they are used again when it has returned.</param>
    public T Ask<T>(in Query query, int count, Func<Candidates, T> read)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (!_idle.TryTake(out var scratch)) scratch = new(_names);
        var candidates = scratch.Candidates;
        candidates.Clear();
        for (int source = 0; source < _sources.Count; source++)
        {
            // a filter may remove the whole history, so that many more are asked for
            int asked = Math.Max(_sources[source].Count, count) + query.History.Length;
            scratch.MakeRoom(asked);
            var items = scratch.Items.AsSpan(0, asked);
            var scores = scratch.Scores.AsSpan(0, asked);
            int length = _sources[source].Retriever.Retrieve(query, items, scores);
            candidates.Add(source, items[..length], scores[..length]);
        }
        if (query.Allowed is { } allowed) candidates.KeepWhere(place => allowed.Contains(candidates.Items[place]));
        candidates.Fuse();
        candidates.Sort();
        foreach (var stage in _stages) stage.Apply(query, candidates);
        candidates.Truncate(count);
        var answer = read(candidates);
        _idle.Add(scratch);
        return answer;
    }

    private sealed class Scratch(string[] sources)
    {
        public Candidates Candidates { get; } = new(sources);

        public int[] Items { get; private set; } = [];

        public float[] Scores { get; private set; } = [];

        public void MakeRoom(int count)
        {
            if (Items.Length < count) (Items, Scores) = (new int[count], new float[count]);
        }
    }
}
