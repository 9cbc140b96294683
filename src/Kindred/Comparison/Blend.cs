using System.Globalization;
using Kindred.Configuration;
using Kindred.Evaluation;
using Kindred.Evaluation.Metrics;
using Kindred.Models;
using Kindred.Numerics;
using Kindred.Pipelines;
using Kindred.Retrieval;
using Kindred.Retrieval.Sources;
using Kindred.Splitting;

namespace Kindred.Comparison;

/// <summary>A model of a blend.</summary>
/// <param name="Weight">How often it was added.</param>
internal sealed record BlendPart(ModelSpec Model, int Weight);

/// <summary>
/// The lists of a few models, fused by weighted ranks: score = Σ weight / (60 + rank), as a pipeline that can be published.
/// </summary>
/// <remarks>
/// Ranks as in G. Cormack et al., "Reciprocal Rank Fusion Outperforms Condorcet and Individual Rank Learning Methods", SIGIR 2009. Weights
/// by R. Caruana et al., "Ensemble Selection from Libraries of Models", ICML 2004: begin with the best model and add, again and again, the
/// one that makes the blend better, which may be in it already. Half of the users find the weights, the others judge the blend.
/// </remarks>
internal sealed class Blend
{
    private const int MostModels = 4, MostParts = 12, Depth = 300;

    private Blend(IReadOnlyList<BlendPart> parts, PairedComparison? againstBest) => (Parts, AgainstBest) = (parts, againstBest);

    /// <summary>The best model first; it alone where no other makes it better.</summary>
    public IReadOnlyList<BlendPart> Parts { get; }

    /// <summary>Against the best model, for users that the weights were not found by; null: nothing made the best model better.</summary>
    public PairedComparison? AgainstBest { get; }

    public bool IsWorthIt => AgainstBest is { IsBetter: true };

    /// <summary>Whether it is worth it, and why.</summary>
    public string Advice
    {
        get
        {
            string best = Parts[0].Model.Name;
            if (AgainstBest is null) return $"No other model makes {best} better: a blend is not worth it.";
            string conclusion = IsWorthIt ? "The blend is worth it." : $"The blend is not worth it: keep {best}.";
            return $"{AgainstBest.Verdict} {conclusion} Half of the users found the weights, these are the others.";
        }
    }

    /// <summary>For <c>kindred publish --pipeline</c>.</summary>
    public PipelineConfig ToPipeline(bool allowsRepeats) => new()
    {
        Sources =
        [
            .. Parts.Select((part, n) => new ModelSource
            {
                Name = NameOf(n),
                Model = part.Model.TrainerName,
                Options = part.Model.Options,
                Count = Depth,
                Weight = part.Weight,
            }),
        ],
        Seen = new() { Policy = allowsRepeats ? SeenPolicy.Keep : SeenPolicy.Drop },
    };

    /// <param name="comparison">Of models trained on the holdout.</param>
    /// <returns>Null: there are not two personal models.</returns>
    public static Blend? Find(Holdout holdout, ModelComparison comparison, CancellationToken cancellationToken = default)
    {
        ComparedModel[] models = [.. comparison.Models.Where(model => model.Spec.IsPersonal).Take(MostModels)];
        if (models.Length < 2) return null;
        var search = new Search(holdout, comparison.Options, [.. models.Select(model => model.Trained.Model)], cancellationToken);
        int[] weights = comparison.Options.Show("Blending the best models", _ => search.FindWeights(models.Length));
        int[] single = Added(new int[models.Length], 0);
        BlendPart[] parts = [.. Enumerable.Range(0, models.Length).Where(n => weights[n] > 0)
            .Select(n => new BlendPart(models[n].Spec, weights[n]))];
        return new(parts, parts.Length == 1 ? null : search.Compare(weights, NameOf(parts), single, parts[0].Model.Name));
    }

    /// <summary>Trains the blend and its best model anew, and compares them on a part that neither was chosen by.</summary>
    public PairedComparison Confirm(Holdout holdout, ComparisonOptions options, CancellationToken cancellationToken = default)
    {
        IModel[] models = [.. Parts.Select(part => options.Train(part.Model, holdout.Train, cancellationToken).Model)];
        var search = new Search(holdout, options, models, cancellationToken);
        return search.Compare(
            [.. Parts.Select(part => part.Weight)], NameOf(Parts), Added(new int[models.Length], 0), Parts[0].Model.Name, ofAllUsers: true);
    }

    private static int[] Added(int[] weights, int model) => [.. weights.Select((weight, n) => n == model ? weight + 1 : weight)];

    private static string NameOf(int source) => string.Create(CultureInfo.InvariantCulture, $"model{source + 1}");

    private static string NameOf(IReadOnlyList<BlendPart> parts) =>
        $"the blend of {string.Join(" and ", parts.Select(part => $"{part.Model.TrainerName} ({part.Weight})"))}";

    /// <summary>Blends of some models, each measured once; the models' lists are asked for once.</summary>
    private sealed class Search
    {
        private readonly Holdout _holdout;
        private readonly EvaluationOptions _evaluation;
        private readonly IRetriever[] _lists; // [models]
        private readonly IModel? _fallback;
        private readonly Dictionary<string, Measurement> _measured = [];
        private readonly bool _prefersLow;
        private readonly int _seed, _workers;

        public Search(Holdout holdout, ComparisonOptions options, IModel[] models, CancellationToken cancellationToken)
        {
            var metric = options.MainMetricFor(holdout);
            (_holdout, _seed, _workers) = (holdout, options.Seed, options.Workers);
            _prefersLow = metric.Definition.Better == MetricDirection.Lower;
            _evaluation = new() { Metrics = [metric], Seed = options.Seed, Workers = options.Workers, Cancellation = cancellationToken };
            _lists = [.. models.Select(model => new KeptLists(new ModelRetriever(model), holdout, options.Workers, cancellationToken))];
            _fallback = options.Fallback is { } fallback ? options.Train(fallback, holdout.Train, cancellationToken).Model : null;
        }

        /// <returns>How often each model is in the blend; the first one, the best of the comparison, always is.</returns>
        public int[] FindWeights(int models)
        {
            int[] weights = Added(new int[models], 0);
            while (weights.Sum() < MostParts)
            {
                int[] next = Enumerable.Range(0, models).Select(n => Added(weights, n)).MaxBy(Worth)!;
                if (!(Worth(next) > Worth(weights))) break;
                weights = next;
            }
            return weights;
        }

        /// <summary>Of the users that find the weights; higher is better.</summary>
        private double Worth(int[] weights)
        {
            double[] values = Measure(weights).Values[0];
            double mean = values.Where((value, n) => IsFinder(n) && !double.IsNaN(value)).DefaultIfEmpty(0).Average();
            return _prefersLow ? -mean : mean;
        }

        /// <param name="ofAllUsers">False: of those that did not find the weights.</param>
        public PairedComparison Compare(int[] weights, string name, int[] single, string best, bool ofAllUsers = false)
        {
            EvaluationReport Report(int[] of, string called)
            {
                var report = Evaluator.Report(called, _holdout, [Measure(of)], _evaluation);
                if (ofAllUsers) return report;
                int[] judges = [.. Enumerable.Range(0, report.PerUser!.Users.Length).Where(n => !IsFinder(n))];
                return report with
                {
                    PerUser = new(
                        judges.Select(n => report.PerUser.Users.Span[n]).ToArray(),
                        report.PerUser.Values.ToDictionary(
                            row => row.Key, row => (ReadOnlyMemory<double>)judges.Select(n => row.Value.Span[n]).ToArray())),
                };
            }

            return Significance.Compare(
                Report(weights, name), Report(single, best), _evaluation.Metrics[0].Name, _workers, _evaluation.Cancellation);
        }

        private bool IsFinder(int n) => new Rng((ulong)_seed).Fork("blend", n).NextInt(2) == 0;

        private Measurement Measure(int[] weights)
        {
            string key = string.Join(',', weights);
            if (_measured.TryGetValue(key, out var known)) return known;
            Source[] sources = [.. Enumerable.Range(0, weights.Length).Where(n => weights[n] > 0)
                .Select(n => new Source(NameOf(n), _lists[n], Depth) { Weight = weights[n] })];
            var pipeline = new Pipeline(
                _fallback is null ? sources : [.. sources, _fallback.AsFallback()],
                _holdout.AllowsRepeats ? [] : new List<Stage> { new(ModelExtensions.SeenStage, new ExcludeSeen()) });
            return _measured[key] = Evaluator.Measure("blend", pipeline, _holdout, _evaluation);
        }
    }

    /// <summary>What a retriever proposes to each measured user, asked once.</summary>
    private sealed class KeptLists : IRetriever
    {
        private const int BlockUsers = 64;

        private readonly IRetriever _retriever;
        private readonly int[][] _items; // [users], null where nobody is measured
        private readonly float[][] _scores;

        public KeptLists(IRetriever retriever, Holdout holdout, int workers, CancellationToken cancellationToken)
        {
            int count = holdout.Test.Users.Count;
            (_retriever, _items, _scores) = (retriever, new int[count][], new float[count][]);
            if (holdout.AllowsRepeats) return;
            int[] users = [.. Enumerable.Range(0, count)
                .Where(user => !holdout.Test.Histories.ItemsOf(user).IsEmpty && !holdout.IsHeldOut(user))];
            Blocks.ForEach(users.Length, BlockUsers, workers, () => new RankedLists(), (_, first, end, lists) =>
            {
                Query[] queries = [.. users[first..end].Select(user => Query.Of(holdout.Known, user) with { ExcludesHistory = true })];
                retriever.RetrieveAll(queries, Math.Min(Depth, retriever.ItemCount), lists);
                for (int n = first; n < end; n++)
                    (_items[users[n]], _scores[users[n]]) = (lists.ItemsOf(n - first).ToArray(), lists.ScoresOf(n - first).ToArray());
            }, cancellationToken);
        }

        public bool CanExcludeHistory => true;

        public int ItemCount => _retriever.ItemCount;

        public int Retrieve(in Query query, Span<int> items, Span<float> scores, CancellationToken cancellationToken = default)
        {
            bool isKept = query is { User: >= 0, ExcludesHistory: true } && _items[query.User] is not null && items.Length <= Depth;
            if (!isKept) return _retriever.Retrieve(query, items, scores, cancellationToken);
            int length = Math.Min(items.Length, _items[query.User].Length);
            _items[query.User].AsSpan(0, length).CopyTo(items);
            _scores[query.User].AsSpan(0, length).CopyTo(scores);
            return length;
        }
    }
}
