using Kindred.Configuration;
using Kindred.Evaluation;
using Kindred.Evaluation.Metrics.Ranking;
using Kindred.Models;
using Kindred.Pipelines;
using Kindred.Ranking;
using Kindred.Splitting;

namespace Kindred.Comparison;

/// <summary>What a source brings.</summary>
/// <param name="Found">Share of the held-out events that are among its candidates.</param>
/// <param name="Alone">Share that no other source proposes: what would be lost without it.</param>
internal sealed record SourceWorth(string Source, double Found, double Alone);

/// <summary>What a pipeline is worth, stage by stage.</summary>
/// <param name="Whole">The pipeline as it is.</param>
/// <param name="Sources">In their order.</param>
/// <param name="Found">Share of the held-out events that are among the candidates of any source.</param>
/// <param name="Ordered">
/// As served, but without a ranker and the stages behind it: the candidates in the order of the ranks their sources gave them. It is what
/// the ranker has to beat.
/// </param>
/// <param name="Ranked">The candidates as the ranker orders them; the same as <paramref name="Ordered"/> without a ranker.</param>
/// <param name="Ideal">The candidates in the best order there is, filled up as when served: what no ranker can beat.</param>
/// <param name="Singles">Each model alone, without what the user had.</param>
/// <param name="Ablations">The pipeline trained and measured without one step, by the step's name.</param>
internal sealed record PipelineStudyReport(
    EvaluationReport Whole, IReadOnlyList<SourceWorth> Sources, double Found, EvaluationReport Ordered, EvaluationReport Ranked,
    EvaluationReport Ideal, IReadOnlyList<EvaluationReport> Singles,
    IReadOnlyList<(string Step, EvaluationReport Report)> Ablations);

/// <summary>Measures a pipeline and each of its parts on one holdout: everything is trained on its training part alone.</summary>
/// <param name="k">Of the metrics NDCG, the first, and recall.</param>
internal sealed class PipelineStudy(Holdout holdout, PipelineTrainer trainer, TrainingContext context, int k = 10)
{
    private readonly Dictionary<(string Purpose, ITrainer Trainer), IModel> _models = [];

    private EvaluationOptions Options =>
        new() { Metrics = [new Ndcg(k), new Recall(k)], Workers = context.Workers, Cancellation = context.Cancellation };

    /// <summary>What it costs in time is another question: limits of time are left aside.</summary>
    /// <exception cref="InputException">The data cannot train the pipeline.</exception>
    public PipelineStudyReport Run(PipelineConfig config)
    {
        config = config.WithoutClock();
        var trained = Train(config);
        var asked = config with { Sources = [.. config.Sources.Select(source => source with { Count = Math.Max(source.Count, k) })] };
        var proposing = (trained with { Config = asked }).Proposing(holdout.Train); // what the sources propose where k are asked for
        var whole = Measure("the pipeline", trained.Bind(holdout.Train));
        var (sources, found) = WorthOf(proposing);
        var ordered = Measure("ordered by the sources' ranks", trained.Ordering(holdout.Train, isRanked: false));
        var ranked = config.Ranker is null ? ordered
            : Measure("ordered by the ranker", trained.Ordering(holdout.Train, isRanked: true));
        var ideal = Measure("in the best order", trained.OrderedBy(new Ideal(proposing, holdout), holdout.Train));
        return new(
            whole, sources, found, ordered, ranked, ideal,
            [.. SinglesOf(config)
                .Select(single => Measure(single.StepName, Train(new() { Sources = [single], Seen = config.Seen }).Bind(holdout.Train)))],
            [
                .. StepsOf(config, trained.Ranker)
                    .Select(step => (step, Measure($"without {step}", Train(config.Without(step)).Bind(holdout.Train)))),
            ]);
    }

    private static IEnumerable<SourceConfig> SinglesOf(PipelineConfig config) =>
        config.Sources.Where(source => source.TrainerIn(config.Catalog) is not null || source is PopularSource);

    // a ranker that came from elsewhere cannot do without what it was trained on
    private static IEnumerable<string> StepsOf(PipelineConfig config, IFeatureRanker? ranker) => config.Steps.Where(step =>
        step != PipelineConfig.SeenStep && config.Without(step).Sources.Count > 0
        && (config.Ranker is not FileRankerConfig || !ranker!.Features.Any(name => name.EndsWith($":{step}", StringComparison.Ordinal))));

    // a model that the whole and its ablations share is trained once
    private TrainedPipeline Train(PipelineConfig config) => (trainer with
    {
        TrainModel = (purpose, data, which, how) =>
        {
            if (!_models.TryGetValue((purpose, which), out var model))
                _models.Add((purpose, which), model = trainer.TrainModel(purpose, data, which, how));
            return model;
        },
    }).Train(config, holdout.Train, context);

    private EvaluationReport Measure(string name, Pipeline pipeline) => Evaluator.Evaluate(name, pipeline, holdout, Options);

    private (IReadOnlyList<SourceWorth> Sources, double Found) WorthOf(Pipeline proposing)
    {
        int count = proposing.Sources.Count, all = 0, any = 0;
        int[] found = new int[count], alone = new int[count];
        for (int user = 0; user < holdout.Test.Users.Count; user++)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            var taken = holdout.Test.Histories.ItemsOf(user);
            if (taken.IsEmpty) continue;
            all += taken.Length;
            any += proposing.Run(Query.Of(holdout.Known, user), null, candidates =>
            {
                int hits = 0;
                foreach (int item in taken.Span)
                {
                    if (candidates.PlaceOf(item) is not (>= 0 and int place)) continue;
                    int[] by = [.. Enumerable.Range(0, count).Where(source => candidates.RankIn(place, source) > 0)];
                    foreach (int source in by) found[source]++;
                    if (by is [var only]) alone[only]++;
                    hits++;
                }
                return hits;
            });
        }
        double total = Math.Max(1, all);
        return ([.. proposing.Sources.Select((name, n) => new SourceWorth(name, found[n] / total, alone[n] / total))], any / total);
    }

    /// <summary>Puts what the user will take first.</summary>
    private sealed class Ideal(Pipeline proposing, Holdout holdout) : IRetriever
    {
        public int Retrieve(in Query query, Span<int> items, Span<float> scores, CancellationToken cancellationToken = default)
        {
            HashSet<int> taken = query.User < 0 ? [] : [.. holdout.Test.ByUser.Row(query.User).Columns];
            int[] order = proposing.Run(query, null, candidates => candidates.Items.ToArray().OrderByDescending(taken.Contains).ToArray());
            int count = Math.Min(order.Length, items.Length);
            for (int n = 0; n < count; n++) (items[n], scores[n]) = (order[n], -n);
            return count;
        }
    }
}
