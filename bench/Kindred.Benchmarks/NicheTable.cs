using Kindred.Models;
using Kindred.Numerics;
using Kindred.Numerics.Dense;
using Kindred.Splitting;

namespace Kindred.Benchmarks;

/// <summary>
/// What taking every missing rating for a zero does: factors by least squares over the observed pairs alone, with biases, and without them
/// over all pairs, by how many ratings the item has.
/// </summary>
internal static class NicheTable
{
    private const int Groups = 10, Epochs = 15;

    public static void Print(Holdout fold)
    {
        int[] popularity = [.. Enumerable.Range(0, fold.Train.Items.Count).Select(item => fold.Train.ByItem.Row(item).Length)];
        var observed = (IRatingModel)new ExplicitAls().Train(fold.Train, new());
        int dimensions = new ExplicitAls().Dimensions;
        var (x, y) = Zeros(fold.Train.ByUser, fold.Train.ByItem, dimensions);
        // test ratings in the order of how popular their item is
        var test = fold.Test;
        (int User, int Item, float Rating)[] events = [.. Enumerable.Range(0, test.Users.Count).SelectMany(user =>
            Enumerable.Range(0, test.Histories.ItemsOf(user).Length)
                .Select(n => (user, test.Histories.ItemsOf(user).Span[n], test.Histories.WeightsOf(user).Span[n])))
            .OrderBy(e => popularity[e.Item2])];
        Console.WriteLine("| ratings of the item | test ratings | their mean | observed only: mean predicted | RMSE | missing = 0: mean " +
            "predicted | RMSE |");
        Console.WriteLine("| ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
        for (int group = 0; group <= Groups; group++)
        {
            var part = group == Groups ? events : events[(events.Length * group / Groups)..(events.Length * (group + 1) / Groups)];
            var (rated, zeros) = (new float[part.Length], new float[part.Length]);
            for (int n = 0; n < part.Length; n++)
            {
                observed.Predict(Query.Of(fold.Train, part[n].User), [part[n].Item], rated.AsSpan(n, 1));
                zeros[n] = Kernels.Dot(x.Row(part[n].User), y.Row(part[n].Item));
            }
            double Rmse(float[] predicted) =>
                Math.Sqrt(predicted.Zip(part, (p, e) => Math.Pow(Math.Clamp(p, 1, 5) - e.Rating, 2)).Average());
            string of = group == Groups ? "all" : $"{popularity[part[0].Item]} to {popularity[part[^1].Item]}";
            Console.WriteLine($"| {of} | {part.Length} | {part.Average(e => e.Rating):F2} | {rated.Average():F2} | {Rmse(rated):F3} " +
                $"| {zeros.Average():F2} | {Rmse(zeros):F3} |");
        }
    }

    /// <summary>minimize Σ all pairs (rating or 0 − x·y)² + λ·(|x|² + |y|²), by alternating least squares.</summary>
    private static (Matrix X, Matrix Y) Zeros(SparseMatrix byUser, SparseMatrix byItem, int dimensions)
    {
        Matrix x = new(byUser.Rows, dimensions), y = new(byItem.Rows, dimensions);
        var rng = new Rng(1);
        foreach (ref float value in x.Values.Span) value = (float)(rng.NextNormal() * 0.1);
        for (int epoch = 0; epoch < Epochs; epoch++)
        {
            Solve(byItem, x, y);
            Solve(byUser, y, x);
        }
        return (x, y);
    }

    private static void Solve(SparseMatrix observed, Matrix from, Matrix to)
    {
        const float Penalty = 10;
        var gram = Gram.Of(from, 1, 1, default);
        var equations = new NormalEquations(from.Columns);
        for (int row = 0; row < observed.Rows; row++)
        {
            var entries = observed.Row(row);
            equations.Start(gram, Penalty);
            for (int n = 0; n < entries.Length; n++) equations.AddToRightSide(entries.Values[n], from.Row(entries.Columns[n]));
            equations.Solve(to.Row(row));
        }
    }
}
