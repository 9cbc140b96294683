using Kindred.Numerics;

namespace Kindred.Retrieval.Indexes.Hnsw;

/// <summary>
/// Links slots into a graph, many at a time: each looks for its neighbours in the graph as it is, then all get their links, and those they
/// chose get links back. The result depends on the order of the slots, never on the threads (M. Manohar et al., "ParlayANN: Scalable and
/// Deterministic Parallel Graph-Based Approximate Nearest Neighbor Search Algorithms", PPoPP 2024).
/// </summary>
/// <remarks>
/// Differs from Malkov and Yashunin 2018, Algorithm 1, in that slots of a batch do not find each other; a batch is at most an eighth of
/// what is there. Where the inner product counts, a slot has two lists of links. One leads to what has the greatest inner product with it
/// (S. Morozov, A. Babenko, "Non-metric Similarity Graphs for Maximum Inner Product Search", NeurIPS 2018): quickly to the best few, but to
/// the short vectors hardly any link leads. The other leads to what is near when one more coordinate x₀ has made all vectors equally long
/// (Y. Bachrach et al., "Speeding Up the Xbox Recommender System Using a Euclidean Transformation for Inner-Product Spaces", RecSys 2014):
/// likeness is ⟨x, y⟩ + x₀·y₀.
/// </remarks>
internal sealed class HnswConstruction(HnswGraph graph, int effort, int workers, CancellationToken cancellation)
{
    private const int BlockSlots = 32, LargestBatch = 1 << 15;

    private Scratch? _only; // of a single worker

    /// <summary>Slots that may go in together when some are there.</summary>
    public static int BatchAfter(int count) => Math.Clamp(count / 8, 1, LargestBatch);

    /// <summary>Links slots that were appended.</summary>
    /// <param name="first">All slots before it are linked.</param>
    public void Link(int first, int end)
    {
        if (graph.Entry < 0)
        {
            graph.Entry = first++;
            if (first == end) return;
        }
        Blocks.ForEach(end - first, BlockSlots, workers, CreateScratch, (_, from, to, scratch) =>
        {
            for (int slot = first + from; slot < first + to; slot++) FindLinks(slot, scratch);
        }, cancellation);
        int top = 0;
        for (int slot = first; slot < end; slot++) top = Math.Max(top, graph.Levels[slot]);
        for (int level = Math.Min(top, graph.Levels[graph.Entry]); level >= 0; level--)
            for (int list = 0; list < (level == 0 ? graph.Lists : 1); list++) LinkBack(first, end, level, list);
        for (int slot = first; slot < end; slot++) if (graph.Levels[slot] > graph.Levels[graph.Entry]) graph.Entry = slot;
    }

    private Scratch CreateScratch() => workers == 1 ? _only ??= new(graph) : new(graph);

    private void FindLinks(int slot, Scratch scratch)
    {
        var search = scratch.Search;
        search.Begin(graph, graph.Vectors.Row(slot));
        int level = Math.Min(graph.Levels[slot], graph.Levels[graph.Entry]);
        int from = search.Descend(level);
        for (; level >= 0; level--)
        {
            search.Walk([from], level, effort);
            Choose(slot, level, list: 0, scratch);
            from = search.Pool.SlotAt(0);
        }
        if (graph.Lists == 1) return;
        search.Begin(graph, graph.Vectors.Row(slot), graph.Offsets[slot]);
        search.Walk([from], 0, effort);
        Choose(slot, 0, list: 1, scratch);
    }

    // links to some of those that the walk found
    private void Choose(int slot, int level, int list, Scratch scratch)
    {
        var (pool, selection) = (scratch.Search.Pool, scratch.Selection);
        selection.Begin(withOffsets: list == 1);
        for (int place = 0; place < pool.Count; place++) selection.Add(pool.SlotAt(place), pool.ScoreAt(place));
        selection.Choose(graph.ListOf(slot, level, list)[..(graph.Links / (level == 0 ? graph.Lists : 1))], fill: true);
    }

    // whom the new ones chose, and who chose them, in order
    private void LinkBack(int first, int end, int level, int list)
    {
        var pairs = new List<ulong>();
        for (int slot = first; slot < end; slot++)
        {
            if (graph.Levels[slot] < level) continue;
            foreach (int target in graph.ListOf(slot, level, list))
            {
                if (target < 0) break;
                pairs.Add(((ulong)(uint)target << 32) | (uint)slot);
            }
        }
        ulong[] sorted = [.. pairs];
        Array.Sort(sorted);
        var starts = new List<int>();
        for (int n = 0; n < sorted.Length; n++) if (n == 0 || sorted[n] >> 32 != sorted[n - 1] >> 32) starts.Add(n);
        Blocks.ForEach(starts.Count, BlockSlots, workers, CreateScratch, (_, from, to, scratch) =>
        {
            for (int n = from; n < to; n++)
            {
                int begin = starts[n], stop = n + 1 < starts.Count ? starts[n + 1] : sorted.Length;
                AddLinks((int)(sorted[begin] >> 32), sorted.AsSpan(begin, stop - begin), level, list, scratch);
            }
        }, cancellation);
    }

    private void AddLinks(int target, ReadOnlySpan<ulong> sources, int level, int list, Scratch scratch)
    {
        var links = graph.ListOf(target, level, list);
        int count = links.IndexOf(-1);
        if (count < 0) count = links.Length;
        if (count + sources.Length <= links.Length)
        {
            foreach (ulong source in sources) links[count++] = (int)(uint)source;
            return;
        }
        var slots = scratch.Slots(count + sources.Length);
        links[..count].CopyTo(slots);
        foreach (ulong source in sources) slots[count++] = (int)(uint)source;
        scratch.Selection.Begin(withOffsets: list == 1);
        scratch.Selection.AddAll(target, slots, scratch.Scores(slots.Length));
        scratch.Selection.Choose(links, fill: false);
    }

    private sealed class Scratch(HnswGraph graph)
    {
        private int[] _slots = [];
        private float[] _scores = [];

        public HnswSearch Search { get; } = new(graph);

        public NeighbourSelection Selection { get; } = new(graph, 2 * graph.Links);

        public Span<int> Slots(int count)
        {
            if (_slots.Length < count) _slots = new int[2 * count];
            return _slots.AsSpan(0, count);
        }

        public Span<float> Scores(int count)
        {
            if (_scores.Length < count) _scores = new float[2 * count];
            return _scores.AsSpan(0, count);
        }
    }
}
