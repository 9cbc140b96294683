using Kindred.Numerics;

namespace Kindred.Models.Ratings;

/// <summary>Factors and biases of the users, or of the items, while they are learned.</summary>
/// <param name="Factors">[rows, d]</param>
/// <param name="Biases">[rows]</param>
internal sealed record RatingSide(Matrix Factors, float[] Biases)
{
    // Standard deviation of the first factors' inner product with a unit vector: away from zero, where no gradient is.
    private const double InitialScale = 0.1;

    public int Dimensions => Factors.Columns;

    /// <summary>Factors at random where a row has ratings, the others and all biases zero.</summary>
    public static RatingSide Random(SparseMatrix observed, int dimensions, Rng rng)
    {
        var side = Zero(observed.Rows, dimensions);
        var starts = observed.Starts.Span;
        for (int row = 0; row < observed.Rows; row++)
        {
            if (starts[row] == starts[row + 1]) continue;
            foreach (ref float value in side.Factors.Row(row)) value = (float)(rng.NextNormal() * InitialScale);
        }
        return side;
    }

    public static RatingSide Zero(int rows, int dimensions) => new(new(rows, dimensions), new float[rows]);

    /// <returns>[users, d + 2]: factors, 1, bias; zero for who has no ratings.</returns>
    public Matrix AsUsers(SparseMatrix observed) => Embeddings(observed, one: Dimensions, bias: Dimensions + 1);

    /// <returns>[items, d + 2]: factors, bias, 1, so that the inner product with a user's row is x·y + b(i) + b(u).</returns>
    public Matrix AsItems(SparseMatrix observed) => Embeddings(observed, one: Dimensions + 1, bias: Dimensions);

    /// <summary>Begins with the rows of an embedding matrix, where those are not zero.</summary>
    /// <param name="bias">The column of the bias.</param>
    public void Take(Matrix embeddings, int bias)
    {
        for (int row = 0; row < embeddings.Rows; row++)
        {
            if (!embeddings.Row(row).ContainsAnyExcept(0)) continue;
            embeddings.Row(row)[..Dimensions].CopyTo(Factors.Row(row));
            Biases[row] = embeddings.Row(row)[bias];
        }
    }

    private Matrix Embeddings(SparseMatrix observed, int one, int bias)
    {
        var embeddings = new Matrix(Factors.Rows, Dimensions + 2);
        var starts = observed.Starts.Span;
        for (int row = 0; row < embeddings.Rows; row++)
        {
            if (starts[row] == starts[row + 1]) continue;
            var to = embeddings.Row(row);
            Factors.Row(row).CopyTo(to);
            (to[one], to[bias]) = (1, Biases[row]);
        }
        return embeddings;
    }
}
