using Kindred.Models;
using Kindred.Models.Als;
using Kindred.Numerics;
using Kindred.Numerics.Dense;

namespace Kindred.Partitions;

/// <summary>The items of <see cref="ImplicitAls"/> in one process, and the steps that solve them by sums over partitions.</summary>
/// <remarks>
/// Exact: one step, the normal equations of each item. Subspace: a step for each block of dimensions. Conjugate gradients: a step for the
/// residual, and one for each direction. With n numbers summed for an item, a step moves n integers an item, and then the new rows.
/// </remarks>
internal sealed class AlsItems
{
    private readonly long _users;

    /// <param name="users">Of all partitions.</param>
    public AlsItems(ImplicitAls options, int items, long users)
    {
        (Given, Options, _users) = (options, options, users);
        Y = new(items, options.Dimensions);
        Counts = new int[items];
        Confidences = new double[items];
        Gram = new(options.Dimensions, options.Dimensions);
    }

    public ImplicitAls Given { get; }

    /// <summary>The same, and once the items are counted those that follow from the data.</summary>
    public ImplicitAls Options { get; private set; }

    /// <summary>[items, d]</summary>
    public Matrix Y { get; }

    /// <summary>[items]: how many users have the item.</summary>
    public int[] Counts { get; }

    /// <summary>[items]: Σ c of the item's pairs, rounded up: what bounds their sums.</summary>
    public double[] Confidences { get; }

    /// <summary>[d, d]: a·XᵀX over all partitions.</summary>
    public Matrix Gram { get; private set; }

    /// <summary>The largest |x| of any user.</summary>
    public float Largest { get; private set; }

    /// <summary>The largest length of any user's embedding.</summary>
    public float Longest { get; private set; }

    /// <summary>Sets the options that follow from the data; <see cref="Counts"/> are known.</summary>
    public void Resolve() => Options = Given.For(DataShape.Of(_users, 0, Counts));

    /// <summary>Takes in what the users are now.</summary>
    /// <param name="summaries">In the order of partitions, so that the sums have the same bits everywhere.</param>
    public void Begin(IReadOnlyList<UserSummary> summaries)
    {
        (Largest, Longest) = (summaries.Max(s => s.Largest), summaries.Max(s => s.Longest));
        Gram = new(Options.Dimensions, Options.Dimensions);
        for (int n = 0; n < Gram.Values.Length; n++)
        {
            double sum = 0;
            foreach (var summary in summaries) sum += summary.Gram.Values.Span[n];
            Gram.Values.Span[n] = (float)(Options.Unobserved * sum);
        }
    }

    /// <returns>The steps of an epoch, in order, with the users as they are now.</returns>
    public IReadOnlyList<IItemStep> Steps()
    {
        if (Options.Solver == AlsSolver.ConjugateGradient)
        {
            var descent = new GradientTables(Y);
            return [new ResidualStep(this, descent),
                .. Enumerable.Range(1, Options.ConjugateGradientSteps).Select(step =>
                    new DirectionStep(this, descent, isLast: step == Options.ConjugateGradientSteps))];
        }
        int width = Options.Solver == AlsSolver.Exact ? Options.Dimensions : Math.Min(Options.BlockDimensions, Options.Dimensions);
        return [.. Enumerable.Range(0, Blocks.Count(Options.Dimensions, width)).Select(block => new BlockStep(
            this, block * width, Math.Min(width, Options.Dimensions - (block * width)), isExact: width == Options.Dimensions))];
    }

    /// <returns>λ(i) of an item.</returns>
    public float Ridge(int item) => Options.Ridge(Counts[item], (int)Math.Min(int.MaxValue, _users));

    /// <summary>The regularization of all items.</summary>
    public double Loss()
    {
        double loss = 0;
        for (int item = 0; item < Y.Rows; item++) loss += Ridge(item) * Kernels.Dot(Y.Row(item), Y.Row(item));
        return loss;
    }
}
