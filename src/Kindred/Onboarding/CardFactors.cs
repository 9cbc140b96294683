using System.Globalization;
using Kindred.Data;
using Kindred.Models;
using Kindred.Models.Als;
using Kindred.Numerics;

namespace Kindred.Onboarding;

/// <summary>
/// Embeddings of the cards and of the past users who answered them, learned from these answers alone: small, so that they are there in a
/// moment whatever model is served.
/// </summary>
/// <param name="Users">[users, d]</param>
/// <param name="Cards">[cards, d]</param>
internal sealed record CardFactors(Matrix Users, Matrix Cards)
{
    /// <summary>What cards are chosen by, and what is measured with them: these weights, whatever the data.</summary>
    internal static ImplicitAls Trainer(int dimensions) => new() { Dimensions = dimensions, UnobservedWeight = .1f, Regularization = .03f };

    public static CardFactors Train(CardPool pool, int dimensions = 32)
    {
        var ones = new float[pool.Answers.Count];
        for (int n = 0; n < ones.Length; n++) ones[n] = pool.Answers.Values.Span[n] > 0 ? 1 : 0;
        var data = Interactions.From(Numbered(pool.Users), Numbered(pool.Cards),
            new SparseMatrix(pool.Users, pool.Cards, pool.Answers.Starts, pool.Answers.Indices, ones).WherePositive());
        var trained = (ImplicitAlsModel)Trainer(dimensions).Train(data, new());
        return new(trained.UserEmbeddings, trained.ItemEmbeddings);
    }

    /// <returns>[d, d], lower triangular: L with L·Lᵀ = Σ rows·rowsᵀ / count − mean·meanᵀ, the mean left out where it is not
    /// wanted.</returns>
    internal static double[,] Root(Matrix rows, bool isCentred)
    {
        int d = rows.Columns;
        var mean = new double[d];
        var root = new double[d, d];
        for (int r = 0; r < rows.Rows; r++)
        {
            var row = rows.Row(r);
            for (int i = 0; i < d; i++)
            {
                if (isCentred) mean[i] += row[i] / rows.Rows;
                for (int j = 0; j <= i; j++) root[i, j] += (double)row[i] * row[j] / rows.Rows;
            }
        }
        for (int i = 0; i < d; i++) for (int j = 0; j <= i; j++) root[i, j] -= mean[i] * mean[j];
        for (int j = 0; j < d; j++) // Cholesky, column by column; a direction without variance is left out
        {
            double pivot = root[j, j];
            for (int k = 0; k < j; k++) pivot -= root[j, k] * root[j, k];
            root[j, j] = pivot > 1e-12 ? Math.Sqrt(pivot) : 0;
            for (int i = j + 1; i < d; i++)
            {
                double value = root[i, j];
                for (int k = 0; k < j; k++) value -= root[i, k] * root[j, k];
                root[i, j] = root[j, j] > 0 ? value / root[j, j] : 0;
            }
        }
        return root;
    }

    /// <returns>Lᵀ·x</returns>
    internal static float[] TransposedTimes(double[,] root, ReadOnlySpan<float> x)
    {
        var product = new float[x.Length];
        for (int i = 0; i < x.Length; i++)
        {
            double sum = 0;
            for (int j = i; j < x.Length; j++) sum += root[j, i] * x[j];
            product[i] = (float)sum;
        }
        return product;
    }

    private static Vocabulary Numbered(int count) =>
        new([.. Enumerable.Range(0, count).Select(n => n.ToString(CultureInfo.InvariantCulture))]);
}
