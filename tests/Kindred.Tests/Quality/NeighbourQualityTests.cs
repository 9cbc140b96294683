using System.Globalization;
using System.IO.Compression;
using Kindred.Data;
using Kindred.Evaluation;
using Kindred.Models;
using Kindred.Models.Neighbours;
using Kindred.Numerics;
using Kindred.Splitting;
using Kindred.Tests.Support;

namespace Kindred.Tests.Quality;

/// <summary>Neighbours on the ratings of MovieLens 100k: the first of the five published parts.</summary>
public sealed class NeighbourQualityTests
{
    private static readonly Lazy<Holdout> First = new(() =>
    {
        string folder = RealData.Folder("ml-100k");
        return Holdout.Of(Read(Path.Combine(folder, "u1.base.gz")), Read(Path.Combine(folder, "u1.test")), "u1");
    });

    public static TheoryData<string, double> Models => new()
    {
        { """{ "itemBased": false, "similarity": "meanSquaredDifference", "center": "none", "shrinkage": 0 }""", .9889 },
        { """{ "itemBased": false, "similarity": "meanSquaredDifference", "center": "baseline", "shrinkage": 0 }""", .9418 },
        { "{}", .9360 },
    };

    [Theory, MemberData(nameof(Models))]
    public void On_the_first_part_of_movielens_100k(string options, double rmse)
    {
        var trainer = TrainerCatalog.Create("rating-knn", System.Text.Json.Nodes.JsonNode.Parse(options)!.AsObject());
        var model = (IRatingModel)trainer.Train(First.Value.Train, new() { Cancellation = TestContext.Current.CancellationToken });
        var report = PredictionEvaluator.Evaluate("model", model, First.Value, new() { Resamples = 1, Cancellation = TestContext.Current.CancellationToken });
        Assert.Equal(rmse, report.Estimates[0].Mean, .0005);
    }

    private static Interactions Read(string path)
    {
        using var file = File.OpenRead(path);
        using var reader = new StreamReader(path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file);
        var ratings = new List<(int, int, float)>();
        while (reader.ReadLine() is { } line)
        {
            string[] fields = line.Split('\t');
            int Number(int field) => int.Parse(fields[field], CultureInfo.InvariantCulture);
            ratings.Add((Number(0) - 1, Number(1) - 1, Number(2)));
        }
        return Interactions.From(Users, Films, SparseMatrix.FromTriplets(943, 1682, ratings));
    }

    private static Vocabulary Users { get; } = Numbered(943);

    private static Vocabulary Films { get; } = Numbered(1682);

    private static Vocabulary Numbered(int count) => new([.. Enumerable.Range(1, count).Select(n => n.ToString(CultureInfo.InvariantCulture))]);
}
