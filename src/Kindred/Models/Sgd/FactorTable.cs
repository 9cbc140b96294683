using Kindred.Numerics;
using Kindred.Numerics.Sgd;

namespace Kindred.Models.Sgd;

/// <summary>
/// The rows that are learned, and how a row moves along its gradient: plain SGD, or Adagrad with one rate for each row (J. Duchi, E. Hazan,
/// Y. Singer, "Adaptive Subgradient Methods for Online Learning and Stochastic Optimization", JMLR 2011; the mean square of a row's
/// gradient in place of each element's). Two threads may use it at once where they touch no common row.
/// </summary>
/// <remarks>
///   row ← row + rate·(gradient − λ·row);  Adagrad: rate / √(ε + Σ past |gradient|² / d)
/// The penalty is left out of the sum of squares, which then costs nothing: |∂x|² = g²·|y − z|².
/// </remarks>
/// <param name="users">[users, d]</param>
/// <param name="items">[items, d]</param>
/// <param name="options">Regularization and AdaptiveRate matter.</param>
/// <param name="biases">Whose ones are kept.</param>
/// <param name="itemsMove">False: the items are not written.</param>
internal sealed class FactorTable(FactorRows users, FactorRows items, SgdTrainer options, BiasColumns biases, bool itemsMove = true)
{
    /// <param name="x">[users, d]</param>
    /// <param name="y">[items, d]</param>
    public FactorTable(Matrix x, Matrix y, SgdTrainer options, BiasColumns biases, bool itemsMove = true)
        : this(new FactorRows(x, options.AdaptiveRate), new(y, options.AdaptiveRate && itemsMove), options, biases, itemsMove)
    {
    }

    private readonly float _regularization =
        options.Regularization ?? throw DataDefaults.NotKnown(nameof(options.Regularization));

    /// <summary>The users whose rows are learned now.</summary>
    public FactorRows Users { get; set; } = users;

    /// <summary>[users, d]</summary>
    public Matrix X => Users.Values;

    /// <summary>[items, d]</summary>
    public Matrix Y => items.Values;

    /// <summary>The learning rate of the epoch.</summary>
    public float Rate { get; set; }

    /// <returns>x·y</returns>
    public float Score(int user, int item) => Kernels.Dot(X.Row(user), Y.Row(item));

    public PairDots Compare(int user, int item, int other) => GradientSteps.Compare(X.Row(user), Y.Row(item), Y.Row(other));

    /// <summary>Moves x·(y(item) − y(other)) up.</summary>
    /// <param name="gradient">What the loss loses by a unit of margin.</param>
    /// <param name="dots">What <see cref="Compare"/> returned.</param>
    public void StepPair(int user, int item, int other, float gradient, in PairDots dots)
    {
        var forX = Step(Users.Squares, user, gradient, dots.SquaredDifference);
        if (itemsMove)
        {
            var forItem = Step(items.Squares, item, gradient, dots.SquaredX);
            var forOther = Step(items.Squares, other, gradient, dots.SquaredX);
            GradientSteps.Pair(X.Row(user), Y.Row(item), Y.Row(other), forX, forItem, forOther);
            RestoreItem(item);
            RestoreItem(other);
        }
        else
        {
            Scale(forX.Keep, X.Row(user));
            Kernels.AddScaled(forX.Along, Y.Row(item), X.Row(user));
            Kernels.AddScaled(-forX.Along, Y.Row(other), X.Row(user));
        }
        RestoreUser(user);
    }

    /// <summary>Moves x·y(item) up by a positive gradient, down by a negative one.</summary>
    public void StepPoint(int user, int item, float gradient)
    {
        var forX = Step(Users.Squares, user, gradient, SquaredLength(Users.Squares, Y.Row(item)));
        if (itemsMove)
        {
            var forItem = Step(items.Squares, item, gradient, SquaredLength(items.Squares, X.Row(user)));
            GradientSteps.Point(X.Row(user), Y.Row(item), forX, forItem);
            RestoreItem(item);
        }
        else
        {
            Scale(forX.Keep, X.Row(user));
            Kernels.AddScaled(forX.Along, Y.Row(item), X.Row(user));
        }
        RestoreUser(user);
    }

    /// <summary>Moves a user's row along a gradient of any direction.</summary>
    /// <param name="gradient">[d], downhill.</param>
    /// <param name="penalties">How many times the penalty counts.</param>
    public void StepUser(int user, ReadOnlySpan<float> gradient, float penalties)
    {
        Along(X.Row(user), gradient, Step(Users.Squares, user, 1, SquaredLength(Users.Squares, gradient), penalties));
        RestoreUser(user);
    }

    /// <summary>The same with an item's row.</summary>
    public void StepItem(int item, ReadOnlySpan<float> gradient, float penalties)
    {
        if (!itemsMove) return;
        Along(Y.Row(item), gradient, Step(items.Squares, item, 1, SquaredLength(items.Squares, gradient), penalties));
        RestoreItem(item);
    }

    private static float SquaredLength(float[] squares, ReadOnlySpan<float> row) => squares.Length == 0 ? 0 : Kernels.Dot(row, row);

    private GradientSteps.Step Step(float[] squares, int row, float gradient, float squaredDirection, float penalties = 1)
    {
        float rate = Rate;
        if (squares.Length > 0) rate /= MathF.Sqrt(squares[row] += gradient * gradient * squaredDirection / X.Columns);
        return new(1 - Math.Min(1, rate * _regularization * penalties), rate * gradient);
    }

    private static void Along(Span<float> row, ReadOnlySpan<float> gradient, GradientSteps.Step step)
    {
        Scale(step.Keep, row);
        Kernels.AddScaled(step.Along, gradient, row);
    }

    private static void Scale(float factor, Span<float> row)
    {
        if (factor != 1) foreach (ref float value in row) value *= factor;
    }

    private void RestoreUser(int user)
    {
        if (biases.Item >= 0) X.Row(user)[biases.Item] = 1;
    }

    private void RestoreItem(int item)
    {
        if (biases.User >= 0) Y.Row(item)[biases.User] = 1;
    }
}
