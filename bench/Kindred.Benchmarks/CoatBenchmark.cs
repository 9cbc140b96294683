using System.Globalization;
using System.IO.Compression;
using Kindred.Boosting;
using Kindred.Data;
using Kindred.Evaluation;
using Kindred.Models;
using Kindred.Numerics;

namespace Kindred.Benchmarks;

/// <summary>
/// Does weighing ratings by 1 / propensity help where people choose what they rate? Trained on coats that people chose, measured on coats
/// drawn for them. T. Schnabel, A. Swaminathan, A. Singh, N. Chandak, T. Joachims, "Recommendations as Treatments", ICML 2016, §6.
/// </summary>
/// <remarks>
/// Options are drawn at random, the same for all; the best by four folds of the chosen ratings is trained on all of them. Folds judge by
/// the plain squared error, or by the one weighed by 1 / propensity (self-normalized), which estimates the error on coats drawn at random.
/// The random ratings are read once, at the end.
/// </remarks>
internal static class CoatBenchmark
{
    private const int Users = 290, Items = 300, Folds = 4, Trials = 300, Seeds = 10, K = 5;

    private const string Importance = "inverse propensity";

    private readonly record struct Rating(int User, int Item, float Value);

    public static int Run(string[] args)
    {
        if (args is not [var folder])
        {
            Console.Error.WriteLine("usage: coat <folder with train.ascii, test.ascii, propensities.ascii.gz>");
            return 2;
        }
        Rating[] chosen = RatingsOf(Path.Combine(folder, "train.ascii")), random = RatingsOf(Path.Combine(folder, "test.ascii"));
        float[][] propensities = ReadPropensities(Path.Combine(folder, "propensities.ascii.gz"));
        float WeightOf(Rating rating) => 1 / propensities[rating.User][rating.Item];

        var trials = Draw(new Rng(1).Fork("trials"));
        int[] fold = [.. chosen.Select((_, n) => n % Folds)];
        new Rng(1).Fork("folds").Shuffle<int>(fold);
        var plain = Judge(trials, chosen, fold, WeightOf);
        var weighed = Judge([.. trials.Select(trial => trial with { Importance = Importance })], chosen, fold, WeightOf);

        (string Name, ExplicitAls Options)[] rows =
        [
            ("ratings alike, chosen by plain error", Best(plain, result => result.Plain)),
            ("ratings alike, chosen by weighed error", Best(plain, result => result.Weighed)),
            ("ratings / propensity, chosen by plain error", Best(weighed, result => result.Plain)),
            ("ratings / propensity, chosen by weighed error", Best(weighed, result => result.Weighed)),
        ];
        var measured = rows.Select(row => (row.Name, row.Options, Test: Measure(row.Options, chosen, random, WeightOf))).ToArray();
        Console.WriteLine($"{chosen.Length} chosen ratings (mean {chosen.Average(r => r.Value):F2}), {random.Length} random ones " +
            $"(mean {random.Average(r => r.Value):F2}); {Trials} trials, {Seeds} seeds");
        Console.WriteLine($"| model | options | MSE [95 %] | NDCG@{K} [95 %] |");
        Console.WriteLine("| --- | --- | --- | --- |");
        foreach (var (name, options, test) in measured)
            Console.WriteLine($"| {name} | {Text(options)} | {Interval(test.Errors)} | {Interval(test.Ndcg)} |");
        foreach (int n in (int[])[1, 2, 3])
        {
            Console.WriteLine(
                $"{measured[n].Name}, minus the first: MSE {Interval(Minus(measured[n].Test.Errors, measured[0].Test.Errors))}, " +
                $"NDCG@{K} {Interval(Minus(measured[n].Test.Ndcg, measured[0].Test.Ndcg))}");
        }
        return 0;
    }

    private static ExplicitAls[] Draw(Rng rng)
    {
        double Log(double low, double high) => low * Math.Pow(high / low, rng.NextDouble());
        return [.. Enumerable.Range(0, Trials).Select(_ => new ExplicitAls
        {
            Dimensions = 1 << (1 + rng.NextInt(5)),
            Epochs = 15,
            FrequencyExponent = rng.NextInt(3) / 2f,
            Regularization = (float)Log(.03, 100),
            BiasRegularization = (float)Log(.003, 100),
        })];
    }

    private static (ExplicitAls Options, double Plain, double Weighed)[] Judge(
        ExplicitAls[] trials, Rating[] ratings, int[] fold, Func<Rating, float> weightOf)
    {
        var results = new (ExplicitAls, double, double)[trials.Length];
        Parallel.For(0, trials.Length, t =>
        {
            double plain = 0, weighed = 0, weights = 0;
            for (int f = 0; f < Folds; f++)
            {
                var model = Train(trials[t], [.. ratings.Where((_, n) => fold[n] != f)], weightOf, seed: 1);
                Rating[] left = [.. ratings.Where((_, n) => fold[n] == f)];
                double[] errors = ErrorsOf(model, left);
                for (int n = 0; n < left.Length; n++)
                {
                    plain += errors[n] / ratings.Length;
                    weighed += errors[n] * weightOf(left[n]);
                    weights += weightOf(left[n]);
                }
            }
            results[t] = (trials[t], plain, weighed / weights);
        });
        return results;
    }

    private static ExplicitAls Best((ExplicitAls Options, double Plain, double Weighed)[] results,
        Func<(ExplicitAls Options, double Plain, double Weighed), double> by) =>
        results.MinBy(by).Options;

    // Each user's mean squared error and NDCG on the random ratings, mean over seeds.
    private static (double[] Errors, double[] Ndcg) Measure(
        ExplicitAls options, Rating[] chosen, Rating[] random, Func<Rating, float> weightOf)
    {
        double[] errors = new double[Users], ndcg = new double[Users];
        for (int seed = 1; seed <= Seeds; seed++)
        {
            var model = Train(options, chosen, weightOf, seed);
            for (int user = 0; user < Users; user++)
            {
                Rating[] own = [.. random.Where(rating => rating.User == user)];
                errors[user] += ErrorsOf(model, own).Average() / Seeds;
                var group = new RankingData(new(own.Length, 1), own.Select(rating => rating.Value - 1).ToArray(), new[] { own.Length });
                ndcg[user] += group.Ndcg([.. Scores(model, user, own)], K) / Seeds;
            }
        }
        return (errors, ndcg);
    }

    private static IRatingModel Train(ExplicitAls options, Rating[] ratings, Func<Rating, float> weightOf, int seed)
    {
        Rating[] sorted = [.. ratings.OrderBy(rating => rating.User).ThenBy(rating => rating.Item)];
        int[] starts = [.. Enumerable.Range(0, Users + 1).Select(user => sorted.Count(rating => rating.User < user))];
        var histories = new Histories(starts, sorted.Select(r => r.Item).ToArray(), default, sorted.Select(r => r.Value).ToArray());
        var data = new Interactions(Numbers(Users), Numbers(Items), histories).With(context: Catalog.Empty(sorted.Length) with
        {
            Numbers = new Dictionary<string, NumberColumn> { [Importance] = new(sorted.Select(weightOf).ToArray()) },
        });
        return (IRatingModel)options.Train(data, new() { Seed = seed, Workers = 1 });
    }

    private static double[] ErrorsOf(IRatingModel model, Rating[] ratings)
    {
        var errors = new double[ratings.Length];
        for (int n = 0; n < errors.Length; n++)
            errors[n] = Math.Pow(Predict(model, ratings[n].User, [ratings[n].Item])[0] - ratings[n].Value, 2);
        return errors;
    }

    // without a history, so that the user is as he was trained: a history would count his ratings alike
    private static float[] Predict(IRatingModel model, int user, int[] items)
    {
        var values = new float[items.Length];
        model.Predict(new(user, default), items, values);
        return values;
    }

    // predictions are clipped to the scale, which would tie the best
    private static IEnumerable<double> Scores(IRatingModel model, int user, Rating[] ratings)
    {
        var scores = new float[Items];
        model.Score(new(user, default), scores);
        float unknown = model.FallbackScore(new(user, default));
        return ratings.Select(rating => (double)(float.IsNaN(scores[rating.Item]) ? unknown : scores[rating.Item]));
    }

    private static Vocabulary Numbers(int count) =>
        new([.. Enumerable.Range(0, count).Select(n => n.ToString(CultureInfo.InvariantCulture))]);

    private static Rating[] RatingsOf(string path) =>
    [
        .. File.ReadLines(path).SelectMany((line, user) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select((value, item) => new Rating(user, item, float.Parse(value, CultureInfo.InvariantCulture))))
                .Where(rating => rating.Value > 0),
    ];

    private static float[][] ReadPropensities(string path)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
        return [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(value => float.Parse(value, CultureInfo.InvariantCulture)).ToArray())];
    }

    private static double[] Minus(double[] a, double[] b) => [.. a.Zip(b, (x, y) => x - y)];

    private static string Interval(double[] values)
    {
        double[] known = [.. values.Where(double.IsFinite)];
        var (low, high) = Bootstrap.Interval(Bootstrap.SortedMeans([known], resamples: 2000, seed: 0, workers: 1, default)[0]);
        return string.Create(CultureInfo.InvariantCulture, $"{known.Average():F4} [{low:F4}, {high:F4}]");
    }

    private static string Text(ExplicitAls options) => string.Create(
        CultureInfo.InvariantCulture,
        $"d = {options.Dimensions}, λ = {options.Regularization:G2}, λ′ = {options.BiasRegularization:G2}, ν " +
        $"= {options.FrequencyExponent}");
}
