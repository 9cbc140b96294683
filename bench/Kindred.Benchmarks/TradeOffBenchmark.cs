using System.Globalization;
using Kindred.Evaluation;
using Kindred.Evaluation.Metrics.Beyond;
using Kindred.Evaluation.Metrics.Ranking;
using Kindred.Models;
using Kindred.Pipelines;
using Kindred.Reports;
using Kindred.Reranking.Debiasing;
using Kindred.Reranking.Diversity;
using Kindred.Retrieval.Sources;
using Kindred.Splitting;

namespace Kindred.Benchmarks;

/// <summary>
/// What variety and rarity cost: re-rankers over their settings, on the candidates of one model. Measured on the validation part: this is
/// where a setting is chosen.
/// </summary>
internal static class TradeOffBenchmark
{
    private const int K = 10, Candidates = 200;

    private const string Metric = "NDCG@10";

    private static readonly float[] Shares = [.95f, .9f, .8f, .7f, .6f, .5f, .3f, 0];

    private static readonly float[] Strengths = [.05f, .1f, .2f, .3f, .5f, .75f, 1, 2];

    public static int Run(string[] args)
    {
        if (args is not [var path, .. var rest] || rest.Length > 1)
        {
            Console.Error.WriteLine("usage: tradeoffs <data folder> [folder for tradeoffs.html and tradeoffs.svg]");
            return 2;
        }
        using var dataset = DataFolder.Open(path);
        var holdout = new RandomSplit().Split(dataset.Interactions.With(null, dataset.ItemCatalog)).Tuning;
        var data = holdout.Train;
        var model = (IEmbeddingModel)new ImplicitAls { Dimensions = 64 }.Train(data, new());
        var source = new Source("als", new ModelRetriever(model), Candidates);

        var options = new EvaluationOptions
        {
            Metrics = [new Ndcg(K), .. data.ItemAttributes.Labels.Values.Take(1)
                .Select(labels => new Diversity(K, new LabelDistance(labels))),
                new Diversity(K, new EmbeddingDistance(model.ItemEmbeddings)), new AveragePopularity(K, data)],
            CatalogMetrics = [new LongTailShare(K, data), new Coverage(K)],
        };
        TradeOffPoint Measure(string setting, params IEnumerable<IStage> stages)
        {
            var report = Evaluator.Evaluate(setting, new Pipeline([source], [new ExcludeSeen(), .. stages]), holdout, options);
            return new(setting, report.Segments[0].Estimates.Select(estimate => (estimate.Metric, Value: estimate.Mean))
                .Concat(report.Catalog.Select(value => (value.Metric, value.Value))).ToDictionary(m => m.Metric, m => m.Value));
        }
        TradeOffCurve Curve(string name, string parameter, float[] values, Func<float, IStage> stageOf) =>
            new(name,
                [.. values.Select(value =>
                    Measure(string.Create(CultureInfo.InvariantCulture, $"{parameter} = {value}"), stageOf(value)))]);

        var curves = new List<TradeOffCurve> { new("implicit-als, as it is", [Measure("–")]) };
        var similarities = data.ItemAttributes.Labels.Take(1)
            .Select(column => (Of: column.Key, Similarity: (IItemSimilarity)new LabelSimilarity(column.Value)))
            .Append(("embeddings", new EmbeddingSimilarity(model.ItemEmbeddings)));
        foreach (var (of, similarity) in similarities)
        {
            curves.Add(Curve($"MMR by {of}", "λ", Shares,
                share => new MaximalMarginalRelevance { Count = K, RelevanceShare = share }.Bind(similarity)));
            curves.Add(Curve($"DPP by {of}", "θ", Shares,
                share => new DeterminantalDiversity { Count = K, RelevanceShare = share }.Bind(similarity)));
        }
        curves.Add(Curve("popularity penalty", "α", Strengths, strength => new PopularityPenalty { Strength = strength }.Bind(data)));

        string title = $"{dataset.Manifest.Name}: what variety costs";
        Console.WriteLine($"{title}; {holdout.Protocol}\n");
        Print(curves);
        if (rest is [var folder])
        {
            Directory.CreateDirectory(folder);
            using var page = new StreamWriter(Path.Combine(folder, "tradeoffs.html"));
            TradeOffReport.Write(title, holdout.Protocol, Metric, curves, page);
            using var image = new StreamWriter(Path.Combine(folder, "tradeoffs.svg"));
            TradeOffReport.WriteImage(Metric, curves, image);
        }
        return 0;
    }

    private static void Print(List<TradeOffCurve> curves)
    {
        var names = curves[0].Points[0].Values.Keys;
        Console.WriteLine($"| method | setting | {string.Join(" | ", names)} |");
        Console.WriteLine($"| --- | --- |{string.Concat(names.Select(_ => " ---: |"))}");
        foreach (var curve in curves)
            foreach (var point in curve.Points)
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"| {curve.Name} | {point.Setting} | {string.Join(" | ", names.Select(name => Text(point.Values[name])))} |"));
    }

    private static string Text(double value) => value.ToString(Math.Abs(value) < 10 ? "F4" : "F1", CultureInfo.InvariantCulture);
}
