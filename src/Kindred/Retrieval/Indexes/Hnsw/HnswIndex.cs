using System.Runtime.InteropServices;
using Kindred.Numerics;
using Kindred.Storage;

namespace Kindred.Retrieval.Indexes.Hnsw;

/// <summary>
/// A graph of near vectors, walked towards the query: Yu. Malkov, D. Yashunin, "Efficient and Robust Approximate Nearest Neighbor Search
/// Using Hierarchical Navigable Small World Graphs", TPAMI 2018. Items can be set and removed while others search.
/// </summary>
/// <remarks>
/// The graph is walked by vectors in 8 bits, a quarter of the memory traffic; what the walk found is scored again in full. The longest
/// vectors come first: they answer most queries, and lie together. For the inner product half of the links lead to what has the greatest,
/// half to what is near (<see cref="HnswConstruction"/>). Cost of a query: about effort·M comparisons, whatever the number of items.
/// Memory: 5 bytes for each number and 8·M for each vector.
/// </remarks>
internal sealed class HnswIndex : IIndex
{
    /// <summary>
    /// A filter that a of n vectors pass makes a walk about n/a times as long, and a plain list of them a/n as long as one of all: the list
    /// is the cheaper one below a² = n·effort·32, by measurement.
    /// </summary>
    private const double ListedBelow = 32;

    private readonly Lock _writing = new();
    private readonly ScratchPool<Scratch> _scratch;
    private readonly Builder _options;
    private readonly int _seed;
    private HnswConstruction? _construction; // of Set, under the lock
    private volatile State _state;

    private HnswIndex(Builder options, int seed, State state) =>
        (_options, _seed, _state, _scratch) = (options, seed, state, new(() => new(_state!.Graph)));

    public IndexDescription Description =>
        new("hnsw", _options.Metric, _state.Graph.Dimensions, _state.Alive, _state.Graph.Bytes, _options.Effort);

    /// <summary>
    /// The share of the graph that only leads to others, as its items were removed or replaced. Where it is large, build anew.
    /// </summary>
    public double RemovedShare => _state.Graph.Count == 0 ? 0 : 1 - (_state.Alive / (double)_state.Graph.Count);

    public int Search(in IndexQuery query, Span<int> items, Span<float> scores)
    {
        var state = _state;
        if (!IndexVectors.TryScale(query.Vector, state.Graph.Dimensions, _options.Metric, out float scale)) return 0;
        if (state.Alive == 0 || items.IsEmpty) return 0;
        using var lease = _scratch.Take();
        var scratch = lease.Scratch;
        scratch.Begin(state, query);
        int effort = Math.Min(Math.Max(query.Effort > 0 ? query.Effort : _options.Effort, items.Length), state.Graph.Count);
        var candidates = query.Allowed is null ? scratch.Walk(effort, items.Length) : scratch.WalkAllowed(effort);
        var best = new TopK(items, scores);
        foreach (int slot in candidates)
            if (scratch.MayBeFound(slot))
                best.Offer(state.Graph.Items[slot], Kernels.Dot(state.Graph.Vectors.Row(slot), query.Vector) * scale);
        best.Sort();
        return best.Count;
    }

    /// <summary>
    /// Adds an item, or gives it another vector; one of zeros removes it. Meanwhile, searches miss at most this item. Cost: as a
    /// query of the construction's effort.
    /// </summary>
    /// <param name="item">Any number from 0; searches name it so.</param>
    /// <param name="vector">[d], finite.</param>
    public void Set(int item, ReadOnlySpan<float> vector)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(item);
        IndexVectors.TryScale(vector, _state.Graph.Dimensions, IndexMetric.InnerProduct, out _);
        lock (_writing)
        {
            Remove(item);
            if (!vector.ContainsAnyExcept(0)) return;
            MakeRoomFor(item);
            var (graph, slots) = (_state.Graph, _state.Slots);
            var row = new float[vector.Length];
            IndexVectors.Put(vector, _options.Metric, row);
            int slot = graph.Append(item, row, _options.LevelOf(graph.Count, _seed));
            _construction!.Link(slot, slot + 1);
            slots[item] = slot;
            _state.Alive++;
        }
    }

    /// <summary>Takes an item out: it is found no more, and its vector only leads to others.</summary>
    /// <returns>False when it was not there.</returns>
    public bool Remove(int item)
    {
        lock (_writing)
        {
            var (graph, slots) = (_state.Graph, _state.Slots);
            if ((uint)item >= (uint)slots.Length || slots[item] < 0) return false;
            graph.Items[slots[item]] = -1;
            slots[item] = -1;
            _state.Alive--;
            return true;
        }
    }

    private void MakeRoomFor(int item)
    {
        var (graph, slots) = (_state.Graph, _state.Slots);
        bool isFull = graph.Count == graph.Capacity;
        if (isFull) graph = graph.Grow(Math.Max(64, graph.Capacity + (graph.Capacity / 2)));
        if (item >= slots.Length)
        {
            int known = slots.Length;
            Array.Resize(ref slots, Math.Max(item + 1, known + (known / 2)));
            slots.AsSpan(known).Fill(-1);
        }
        if (isFull || slots != _state.Slots) _state = new(graph, slots);
        if (isFull || _construction is null) _construction = new(graph, _options.ConstructionEffort, workers: 1, default);
    }

    public void Save(TensorWriter writer)
    {
        lock (_writing)
        {
            writer.AddText("metric", $"{_options.Metric}");
            writer.AddText("constructionEffort", $"{_options.ConstructionEffort}");
            writer.AddText("effort", $"{_options.Effort}");
            writer.AddText("seed", $"{_seed}");
            _state.Graph.Save(writer);
        }
    }

    internal static HnswIndex Load(TensorFile file)
    {
        var graph = HnswGraph.Load(file);
        var options = new Builder
        {
            Metric = Enum.Parse<IndexMetric>(file.Text("metric")),
            Links = graph.Links,
            ConstructionEffort = int.Parse(file.Text("constructionEffort")),
            Effort = int.Parse(file.Text("effort")),
        };
        return new(options, int.Parse(file.Text("seed")), new(graph, SlotsOf(graph)));
    }

    /// <summary>Half as many again and some: what rounding may move down past the last of k.</summary>
    private static int FirstLookOf(int k) => k + (k / 2) + 8;

    private static int[] SlotsOf(HnswGraph graph)
    {
        int largest = -1;
        foreach (int item in graph.Items.AsSpan(0, graph.Count)) largest = Math.Max(largest, item);
        var slots = new int[largest + 1];
        Array.Fill(slots, -1);
        for (int slot = 0; slot < graph.Count; slot++) if (graph.Items[slot] >= 0) slots[graph.Items[slot]] = slot;
        return slots;
    }

    /// <summary>What a search reads: replaced whole when it has to grow.</summary>
    /// <param name="Slots">[items], where each is; −1: nowhere.</param>
    private sealed record State(HnswGraph Graph, int[] Slots)
    {
        public int Alive { get; set; } = Slots.Count(slot => slot >= 0);
    }

    private sealed class Scratch(HnswGraph graph)
    {
        private readonly HnswSearch _search = new(graph);
        private readonly HashSet<int> _excluded = [];
        private State? _state;
        private BitSet? _allowed;
        private int[] _slots = [];
        private float[] _scores = [];

        public void Begin(State state, in IndexQuery query)
        {
            (_state, _allowed) = (state, query.Allowed);
            _excluded.Clear();
            foreach (int item in query.Excluded) _excluded.Add(item);
            _search.Begin(state.Graph, query.Vector);
        }

        public bool MayBeFound(int slot)
        {
            int item = _state!.Graph.Items[slot];
            return item >= 0 && !_excluded.Contains(item) && (_allowed is null || _allowed.Contains(item));
        }

        /// <returns>Slots to score in full, more than are wanted. Those that may not be found are still among them.</returns>
        public ReadOnlySpan<int> Walk(int effort, int wanted)
        {
            var graph = _state!.Graph;
            double alive = _state.Alive / (double)graph.Count;
            int kept = (int)Math.Min(graph.Count, (effort / alive) + _excluded.Count);
            _search.Walk([_search.Descend(0)], 0, kept);
            // short vectors that nothing leads to are not missed, unless nearly all are wanted, or many are equal
            if (_search.Pool.Count < kept) _search.LookAtAll(kept);
            Reserve(_search.Pool.Count);
            int count = 0, enough = FirstLookOf(wanted);
            for (int place = 0; place < _search.Pool.Count && count < enough; place++)
            {
                int slot = _search.Pool.SlotAt(place);
                if (MayBeFound(slot)) _slots[count++] = slot;
            }
            return _slots.AsSpan(0, count);
        }

        /// <returns>As <see cref="Walk"/>: of the graph, or where few are allowed of all that are.</returns>
        public ReadOnlySpan<int> WalkAllowed(int effort)
        {
            double all = _state!.Graph.Count, few = _allowed!.Count;
            if (few * few > ListedBelow * effort * all)
            {
                Reserve(effort);
                var found = new TopK(_slots.AsSpan(0, effort), _scores.AsSpan(0, effort));
                int pool = (int)Math.Min(all, 2 * effort * all / few);
                if (_search.Walk(_search.Descend(0), MayBeFound, pool, ref found, effort, most: (int)few))
                    return _slots.AsSpan(0, found.Count);
            }
            return ListAllowed(effort);
        }

        private ReadOnlySpan<int> ListAllowed(int effort)
        {
            var slots = new List<int>(_allowed!.Count);
            foreach (int item in _allowed)
                if (item < _state!.Slots.Length && _state.Slots[item] is >= 0 and int slot && !_excluded.Contains(item)) slots.Add(slot);
            Reserve(effort);
            var found = new TopK(_slots.AsSpan(0, effort), _scores.AsSpan(0, effort));
            _search.Score(CollectionsMarshal.AsSpan(slots), ref found);
            return _slots.AsSpan(0, found.Count);
        }

        private void Reserve(int count)
        {
            if (_slots.Length < count) (_slots, _scores) = (new int[count], new float[count]);
        }
    }

    /// <summary>The options of an <see cref="HnswIndex"/>.</summary>
    public sealed record Builder : IIndexBuilder
    {
        public IndexMetric Metric { get; init; }

        /// <summary>M: links that a vector chooses. More find more, for more memory and time.</summary>
        public int Links { get; init; } = 16;

        /// <summary>efConstruction: candidates that each list of links is chosen from.</summary>
        public int ConstructionEffort { get; init; } = 100;

        /// <summary>ef of a query that does not say: candidates that are kept during the walk.</summary>
        public int Effort { get; init; } = 64;

        public IIndex Build(Matrix vectors, IndexContext context)
        {
            if (Links is < 2 or > 128) throw new InputException($"Links must be 2 to 128, was {Links}.");
            if (ConstructionEffort < 1) throw new InputException($"ConstructionEffort must be >= 1, was {ConstructionEffort}.");
            if (Effort < 1) throw new InputException($"Effort must be >= 1, was {Effort}.");
            var own = IndexVectors.From(vectors, Metric);
            var graph = new HnswGraph(own.Dimensions, Links, lists: Metric == IndexMetric.InnerProduct ? 2 : 1, Math.Max(own.Count, 1));
            for (int slot = 0; slot < own.Count; slot++)
            {
                graph.Append(own.Items.Span[slot], own.Rows.Row(slot), LevelOf(slot, context.Seed));
            }
            var construction = new HnswConstruction(graph, Math.Max(ConstructionEffort, Links), context.Workers, context.Cancellation);
            for (int first = 0; first < own.Count;)
            {
                int end = Math.Min(own.Count, first + HnswConstruction.BatchAfter(first));
                construction.Link(first, end);
                first = end;
                context.Progress?.Report((first, own.Count));
            }
            return new HnswIndex(this, context.Seed, new(graph, SlotsOf(graph)));
        }

        // a level is 1/M as likely as the one below
        internal int LevelOf(int slot, int seed)
        {
            double draw = 1 - new Rng((ulong)seed).Fork("level", slot).NextDouble();
            return (int)Math.Min(30, -Math.Log(draw) / Math.Log(Links));
        }
    }
}
