using System.ComponentModel.DataAnnotations;
using Kindred.Data;
using Kindred.Models;
using Kindred.Models.Graphs;
using Kindred.Models.Sampling;
using Kindred.Models.Sgd;
using Kindred.Numerics;
using Kindred.Numerics.Sgd;
using Kindred.Storage;

namespace Kindred;

/// <summary>
/// Factors that are spread over the graph of users and items before they are compared: who touched the same items becomes alike.
/// X. He, K. Deng, X. Wang, Y. Li, Y. Zhang, M. Wang, "LightGCN: Simplifying and Powering Graph Convolution Network for Recommendation",
/// SIGIR 2020, eq. 7 and 8; its loss by a softmax: J. Wu et al., "On the Effectiveness of Sampled Softmax Loss for Item Recommendation",
/// TOIS 2024.
/// </summary>
/// <remarks>
///   F = S·E, S = (1 + Â + … + Â^K) / (K + 1), E [users + items, d] is learned; the score is f(u)·f(i), of rows of length 1 with Cosine
///   minimize, over batches, the mean of Bpr: −ln σ((s⁺ − s⁻)/T), or Softmax: −ln( e^(s⁺/T) / (e^(s⁺/T) + Σ negatives e^(s⁻/T)) )
///   + λ/2·(|e(u)|² + |e(i)|²)
/// by Adam. S is linear and symmetric, so the gradient by E is S times the gradient by F: no automatic differentiation is needed, see
/// <see cref="BipartiteGraph"/>. Each step spreads the whole graph twice: large batches cost less.
/// Cost of an epoch: interactions / BatchSize · 4·K·interactions·d additions, and the loss. Deviations: the penalty leaves out the
/// negatives; with Softmax, <see cref="PairChunk.Size"/> pairs share their negatives, and own items of a user are never their negatives.
/// </remarks>
public sealed record LightGcn : ITrainer
{
    private const double FirstDeviation = .1;

    /// <summary>d, the length of an embedding.</summary>
    [Range(1, int.MaxValue)]
    public int Dimensions { get; init; } = 64;

    /// <summary>K: how many steps along the graph an embedding reaches.</summary>
    [Range(1, int.MaxValue)]
    public int LayerCount { get; init; } = 3;

    /// <summary>Passes over the data.</summary>
    [Range(1, int.MaxValue)]
    public int Epochs { get; init; } = 24;

    /// <summary>Observed pairs behind each step.</summary>
    [Range(1, int.MaxValue)]
    public int BatchSize { get; init; } = 8192;

    /// <summary>How far one step moves along its gradient.</summary>
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public float LearningRate { get; init; } = 0.01f;

    /// <summary>The learning rate of an epoch over that of the epoch before.</summary>
    [Range(0, 1, MinimumIsExclusive = true)]
    public float LearningRateDecay { get; init; } = 0.95f;

    /// <summary>λ, the penalty on large embeddings.</summary>
    [Range(0, double.MaxValue)]
    public float Regularization { get; init; } = 0.03f;

    /// <summary>What is minimized.</summary>
    public GraphLoss Loss { get; init; } = GraphLoss.Softmax;

    /// <summary>
    /// Bpr: negatives of each pair. Softmax: items drawn for pairs that share them; 0: the positives alone, with InBatchNegatives.
    /// </summary>
    [Range(0, int.MaxValue)]
    public int NegativeCount { get; init; } = 1024;

    /// <summary>With Softmax the other pairs' items are negatives too, so that popular items are so more often.</summary>
    public bool InBatchNegatives { get; init; }

    /// <summary>T: the smaller, the more the hardest negatives count.</summary>
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public float Temperature { get; init; } = 1;

    /// <summary>Scores are cosines of embeddings instead of inner products.</summary>
    public bool Cosine { get; init; }

    public TrainerSummary Summary => new(
        "lightgcn", "factors spread over the graph of users and items", "events", "interactions² / batch · layers · d",
        Capabilities.Personal | Capabilities.Embeds | Capabilities.Epochs);

    internal static SearchSpace Space { get; } = SearchSpace.Of<LightGcn>("dimensions",
        ("dimensions", "32|64|128"), ("epochs", "5..40:log"), ("layerCount", "1..4"), ("learningRate", "0.001..0.03:log"),
        ("learningRateDecay", "0.8..1"),
        ("regularization", "0.0003..0.1:log"), ("temperature", "0.3..3:log"));

    public IModel Train(Interactions interactions, TrainingContext context)
    {
        Check();
        TableSize.Check(Dimensions, interactions, copies: 7); // begin, spread, three gradients, Adam's two moments
        return new Run(this, interactions, context).Train();
    }

    internal static IModel Load(TensorFile file, Vocabulary items) => GraphFactors.Load(file, items);

    private void Check()
    {
        OptionCheck.Check(this);
        if (NegativeCount == 0 && !(Loss == GraphLoss.Softmax && InBatchNegatives))
            throw new InputException("negativeCount must be at least 1 without inBatchNegatives and the loss softmax, was 0.");
    }

    /// <summary>One training, with its matrices.</summary>
    private sealed class Run
    {
        private const int InitialRows = 1024, AdamRows = 1024;

        private readonly LightGcn _options;
        private readonly Interactions _data;
        private readonly TrainingContext _context;
        private readonly Rng _rng;
        private readonly BipartiteGraph _graph;
        private readonly NodeMatrix _first, _spread, _gradient, _firstGradient, _penalty, _means, _squares;
        private readonly int[] _users, _popularity; // [pairs], [items]
        private readonly NegativeSampler _negatives;
        private readonly PairChunk[] _chunks;
        private int _steps;

        public Run(LightGcn options, Interactions data, TrainingContext context)
        {
            (_options, _data, _context) = (options, data, context);
            _rng = new Rng((ulong)context.Seed).Fork("lightgcn");
            _graph = new(data, options.LayerCount, context);
            _first = new(data.Users.Count, data.Items.Count, options.Dimensions);
            Begin(_first.Users, data.ByUser, _rng.Fork("users"));
            Begin(_first.Items, data.ByItem, _rng.Fork("items"));
            (_spread, _gradient, _firstGradient) = (_first.Alike(), _first.Alike(), _first.Alike());
            (_penalty, _means, _squares) = (_first.Alike(), _first.Alike(), _first.Alike());
            _users = new int[data.ByUser.Count];
            for (int user = 0; user < data.Users.Count; user++)
                _users.AsSpan(data.ByUser.Starts.Span[user]..data.ByUser.Starts.Span[user + 1]).Fill(user);
            _popularity = data.CountUsersOfItems();
            _negatives = new([.. Enumerable.Range(0, _popularity.Length).Where(item => _popularity[item] > 0)], _popularity, 0);
            int chunks = Blocks.Count(Math.Min(options.BatchSize, _users.Length), PairChunk.Size);
            _chunks = [.. Enumerable.Range(0, chunks).Select(_ => new PairChunk(options, data.ByUser, _negatives))];
        }

        public GraphFactors Train()
        {
            int[] order = [.. Enumerable.Range(0, _users.Length)];
            for (int epoch = 1; epoch <= _options.Epochs; epoch++)
            {
                _rng.Fork("order", epoch).Shuffle<int>(order);
                float rate = _options.LearningRate * MathF.Pow(_options.LearningRateDecay, epoch - 1);
                double loss = 0;
                for (int at = 0; at < order.Length; at += _options.BatchSize)
                {
                    _context.Cancellation.ThrowIfCancellationRequested();
                    loss += Step(order.AsMemory(at, Math.Min(_options.BatchSize, order.Length - at)), rate);
                }
                _context.Progress?.Report(new(epoch, _options.Epochs, "epoch", loss / Math.Max(1, order.Length)));
                if (_context.EpochFinished?.Invoke(new(epoch, Model)) == false) break;
            }
            return Model();
        }

        private double Step(ReadOnlyMemory<int> batch, float rate)
        {
            _steps++;
            _graph.Spread(_first, _spread);
            int chunks = Blocks.Count(batch.Length, PairChunk.Size);
            var losses = new double[chunks];
            Blocks.ForEach(batch.Length, PairChunk.Size, _context.Workers, (first, end) =>
            {
                int chunk = first / PairChunk.Size;
                losses[chunk] = _chunks[chunk].Learn(batch.Span[first..end], _users, _spread, _rng.Fork("negatives", _steps, chunk));
            }, _context.Cancellation);

            _gradient.Clear();
            _penalty.Clear();
            foreach (var chunk in _chunks.AsSpan(0, chunks)) chunk.AddTo(_gradient, _penalty, _first);
            _graph.Spread(_gradient, _firstGradient);
            Move(_first.Users, _firstGradient.Users, _penalty.Users, _means.Users, _squares.Users, batch.Length, rate);
            Move(_first.Items, _firstGradient.Items, _penalty.Items, _means.Items, _squares.Items, batch.Length, rate);
            return losses.Sum();
        }

        // gradients of the mean over the batch
        private void Move(Matrix rows, Matrix gradient, Matrix penalty, Matrix means, Matrix squares, int pairs, float rate) =>
            Blocks.ForEach(rows.Rows, AdamRows, _context.Workers, (first, end) =>
            {
                Range part = (first * rows.Columns)..(end * rows.Columns);
                var slope = gradient.Values.Span[part];
                Kernels.AddScaled(1, penalty.Values.Span[part], slope);
                foreach (ref float value in slope) value /= pairs;
                AdamSteps.Apply(rows.Values.Span[part], slope, means.Values.Span[part], squares.Values.Span[part], _steps, rate);
            }, _context.Cancellation);

        private GraphFactors Model()
        {
            _graph.Spread(_first, _spread);
            Matrix users = _spread.Users.Copy(), items = _spread.Items.Copy();
            if (_options.Cosine) for (int item = 0; item < items.Rows; item++) SgdModel.Normalize(items.Row(item));
            return new(_data.Items, _options.Cosine, users, items, _graph.FoldIn(_first), HistoryLookup.Of(_data.ByUser));
        }

        // what has no edge stays zero: it has no embedding
        private static void Begin(Matrix rows, SparseMatrix edges, Rng rng)
        {
            for (int first = 0; first < rows.Rows; first += InitialRows)
            {
                var random = rng.Fork("rows", first);
                for (int row = first; row < Math.Min(first + InitialRows, rows.Rows); row++)
                    if (edges.Row(row).Length > 0)
                        foreach (ref float value in rows.Row(row)) value = (float)(random.NextNormal() * FirstDeviation);
            }
        }
    }
}

/// <summary>How observed pairs are told from others.</summary>
public enum GraphLoss
{
    /// <summary>Each observed item above items of its own, pair by pair.</summary>
    Bpr,

    /// <summary>Each observed item among many at once.</summary>
    Softmax,
}
