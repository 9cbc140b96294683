using Kindred.Numerics;

namespace Kindred.Models.Als;

/// <summary>How the least-squares problems of <see cref="ImplicitAls"/> are solved.</summary>
public enum AlsSolver
{
    /// <summary>Every row to its minimum: d² multiply-adds an interaction, d³/3 a row.</summary>
    Exact,

    /// <summary>
    /// A few conjugate gradient steps from where the row is: 2d multiply-adds an interaction and step. Long rows exactly.
    /// </summary>
    ConjugateGradient,

    /// <summary>
    /// A block of dimensions after the other, each to its minimum: d·block multiply-adds an interaction. For many dimensions.
    /// </summary>
    Subspace,
}

/// <summary>How the confidence of <see cref="ImplicitAls"/> grows with the weight of a pair.</summary>
public enum ConfidenceGrowth
{
    Linear,
    Logarithmic,
}

/// <summary>
/// Lowers the objective of <see cref="ImplicitAls"/> in some rows of one side, the other side fixed. Scratch memory of one thread.
/// </summary>
internal interface IAlsSolver
{
    /// <param name="observed">[rows of x, rows of y]</param>
    /// <param name="x">[rows, d]; rows [first, end) are overwritten.</param>
    /// <returns>The loss of these rows: their pairs, observed and not, and their own regularization.</returns>
    double Solve(SparseMatrix observed, Matrix x, int first, int end);
}
