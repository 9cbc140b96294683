using Kindred.Models;
using Kindred.Models.Als;
using Kindred.Numerics;
using Kindred.Numerics.Dense;

namespace Kindred.Partitions;

/// <summary>What the items' equations must know of a partition's users.</summary>
/// <param name="Gram">[d, d]: XᵀX</param>
/// <param name="Largest">The largest |x| of any number of X; <paramref name="Longest"/> is the largest length of a row.</param>
/// <param name="Loss">Of the last solution of the users, without the regularization of items.</param>
internal sealed record UserSummary(Matrix Gram, float Largest, float Longest, double Loss);

/// <summary>
/// The users of one partition in <see cref="ImplicitAls"/>, their events and embeddings. They are solved with the items fixed, as in one
/// process.
/// </summary>
internal sealed class AlsPartition
{
    private const int BlockRows = 16;

    // Standard deviation of the first embeddings' inner product with a unit vector, as in one process.
    private const float InitialScale = 0.1f;

    private readonly SparseMatrix _byUser;

    /// <param name="number">Of the partition; the first embeddings depend on it.</param>
    public AlsPartition(Interactions data, int dimensions, int number, int seed)
    {
        (_byUser, ByItem) = (data.ByUser, data.ByItem);
        X = new(data.Users.Count, dimensions);
        var rng = new Rng((ulong)seed).Fork("implicit-als", number);
        for (int user = 0; user < X.Rows; user++)
            if (_byUser.Row(user).Length > 0)
                foreach (ref float value in X.Row(user)) value = (float)(rng.NextNormal() * InitialScale / Math.Sqrt(dimensions));
    }

    /// <summary>[users, d]</summary>
    public Matrix X { get; }

    /// <summary>[items, users]</summary>
    public SparseMatrix ByItem { get; }

    /// <summary>Solves each user with the items fixed.</summary>
    /// <param name="y">[items, d]</param>
    /// <param name="gram">[d, d]: a·YᵀY</param>
    /// <returns>The loss, without the regularization of items.</returns>
    public double Solve(ImplicitAls options, Matrix y, Matrix gram, int workers, CancellationToken cancellation)
    {
        var losses = new double[Blocks.Count(X.Rows, BlockRows)];
        Blocks.ForEach(X.Rows, BlockRows, workers, options.SolversFor(y, gram),
            (block, first, end, solver) => losses[block] = solver.Solve(_byUser, X, first, end), cancellation);
        return losses.Sum();
    }

    public UserSummary Summary(double loss, int workers, CancellationToken cancellation)
    {
        float largest = 0, longest = 0;
        foreach (float value in X.Values.Span) largest = Math.Max(largest, Math.Abs(value));
        for (int user = 0; user < X.Rows; user++) longest = Math.Max(longest, Kernels.Dot(X.Row(user), X.Row(user)));
        return new(Gram.Of(X, 1, workers, cancellation), largest, MathF.Sqrt(longest), loss);
    }
}
