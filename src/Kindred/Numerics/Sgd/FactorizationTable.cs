namespace Kindred.Numerics.Sgd;

/// <summary>
/// What a factorization machine learns: w0, and for each column of its features a weight w and a row of V. Not shared by threads while it
/// is learned.
/// </summary>
/// <param name="columns">Columns of the features.</param>
/// <param name="dimensions">d, may be 0: a linear model.</param>
internal sealed class FactorizationTable(int columns, int dimensions)
{
    /// <summary>Numbers beside each row of V, kept together as they are used together.</summary>
    internal const int Beside = 4, Weight = 0, WeightSquares = 1, RowSquares = 2, Frequency = 3;

    // What Adagrad's sums of squares begin with: small against the first gradient.
    private const float FirstSquares = 1e-6f;

    /// <summary>w0</summary>
    public float Intercept { get; set; }

    internal float InterceptSquares { get; set; } = FirstSquares;

    /// <summary>V [columns, d]</summary>
    public Matrix V { get; private init; } = new(columns, dimensions);

    /// <summary>[columns, 4]: w, the sums of squares of its gradients and of its row's, the factor of its penalties.</summary>
    internal Matrix Sides { get; private init; } = new(columns, Beside);

    public int Columns => columns;

    public int Dimensions => dimensions;

    public ref float W(int column) => ref Sides.Row(column)[Weight];

    /// <summary>Begins Adagrad's sums.</summary>
    /// <param name="penalties">[columns]: what the penalty of a column is multiplied by in each row that holds it.</param>
    public void Begin(ReadOnlySpan<float> penalties)
    {
        InterceptSquares = FirstSquares;
        for (int column = 0; column < columns; column++)
        {
            var side = Sides.Row(column);
            (side[WeightSquares], side[RowSquares], side[Frequency]) = (FirstSquares, FirstSquares, penalties[column]);
        }
    }

    public FactorizationTable Copy() => new(columns, dimensions) { Intercept = Intercept, V = V.Copy(), Sides = Sides.Copy() };

    /// <returns>[columns], w.</returns>
    public float[] Weights()
    {
        var weights = new float[columns];
        for (int column = 0; column < columns; column++) weights[column] = W(column);
        return weights;
    }
}
