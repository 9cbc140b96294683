using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Kindred.Numerics.Sgd;

/// <summary>How a factorization machine moves along its gradients.</summary>
/// <param name="Rate">The learning rate.</param>
/// <param name="Intercept">λ of w0.</param>
/// <param name="Linear">λ of w.</param>
/// <param name="Factors">λ of V.</param>
/// <param name="Adaptive">Adagrad: one sum of squares for each w and one for each row of V, of its mean square.</param>
internal readonly record struct FactorizationRates(float Rate, float Intercept, float Linear, float Factors, bool Adaptive);

/// <summary>
/// The score and the gradient steps of a factorization machine on sparse rows, each in two passes over the row's factors.
/// </summary>
/// <remarks>
///   S = Σ x·v over the entries of a row;  score = w0 + Σ x·w + ½·(|S|² − Σ x²·|v|²)
///   w ← w − rate·(g·x + λ·w),  v ← v − rate·(g·x·(S − x·v) + λ·v),  g the loss's slope by the score
/// </remarks>
internal static unsafe class FactorizationSteps
{
    /// <returns>The score without w0.</returns>
    /// <param name="columns">[entries]</param>
    /// <param name="values">[entries], x.</param>
    /// <param name="sum">[d], overwritten by S.</param>
    public static float Score(FactorizationTable table, ReadOnlySpan<int> columns, ReadOnlySpan<float> values, Span<float> sum)
    {
        fixed (float* v = table.V.Values.Span, sides = table.Sides.Values.Span, x = values, s = sum)
        fixed (int* c = columns)
        {
            var rows = new Rows(v, sides, table.Dimensions);
            return Vector512.IsHardwareAccelerated
                ? ScoreOne<Simd512>(rows, c, x, columns.Length, s)
                : ScoreOne<SimdNative>(rows, c, x, columns.Length, s);
        }
    }

    /// <summary>One step on one row, whose score has just left its S; w0 stays.</summary>
    public static void Step(
        FactorizationTable table, ReadOnlySpan<int> columns, ReadOnlySpan<float> values, ReadOnlySpan<float> sum, float slope,
        in FactorizationRates rates)
    {
        fixed (float* v = table.V.Values.Span, sides = table.Sides.Values.Span, x = values, s = sum)
        fixed (int* c = columns)
        {
            var rows = new Rows(v, sides, table.Dimensions);
            if (Vector512.IsHardwareAccelerated) StepOne<Simd512>(rows, c, x, columns.Length, s, slope, rates);
            else StepOne<SimdNative>(rows, c, x, columns.Length, s, slope, rates);
        }
    }

    /// <summary>A step on each row, one after another.</summary>
    /// <param name="logistic">Targets are 1 and 0, the score is their log-odds; otherwise half the squared error.</param>
    /// <returns>The sum of the losses before each step.</returns>
    public static double Points(
        FactorizationTable table, FactorizationBlock block, bool logistic, in FactorizationRates rates, Span<float> sum) =>
        Vector512.IsHardwareAccelerated
            ? Points<Simd512>(table, block, logistic, rates, sum)
            : Points<SimdNative>(table, block, logistic, rates, sum);

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static double Points<T>(
        FactorizationTable table, FactorizationBlock block, bool logistic, in FactorizationRates rates, Span<float> sum)
        where T : struct, ISimd<T>
    {
        double loss = 0;
        fixed (float* v = table.V.Values.Span, sides = table.Sides.Values.Span, values = block.Values, s = sum)
        fixed (int* columns = block.Columns)
        {
            var rows = new Rows(v, sides, table.Dimensions);
            ReadOnlySpan<int> starts = block.Starts;
            ReadOnlySpan<float> targets = block.Targets, weights = block.Weights;
            for (int row = 0; row < targets.Length; row++)
            {
                int first = starts[row], count = starts[row + 1] - first;
                float score = table.Intercept + Score<T>(rows, columns + first, values + first, count, s);
                var (slope, ofRow) = logistic ? Logistic(score, targets[row]) : Squared(score, targets[row]);
                float weight = weights[row];
                loss += weight * ofRow;
                StepIntercept(table, weight * slope, rates);
                Step<T>(rows, columns + first, values + first, count, s, weight * slope, rates);
            }
        }
        return loss;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float ScoreOne<T>(in Rows rows, int* columns, float* x, int entries, float* sum) where T : struct, ISimd<T> =>
        Score<T>(rows, columns, x, entries, sum);

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void StepOne<T>(in Rows rows, int* columns, float* x, int entries, float* sum, float slope, in FactorizationRates rates)
        where T : struct, ISimd<T> => Step<T>(rows, columns, x, entries, sum, slope, rates);

    private static (float Slope, float Loss) Squared(float score, float target) =>
        (score - target, 0.5f * (score - target) * (score - target));

    private static (float Slope, float Loss) Logistic(float score, float target)
    {
        float sign = target > 0 ? 1 : -1, margin = sign * score, small = MathF.Exp(-MathF.Abs(margin)); // never overflows
        return (-sign * (margin > 0 ? small : 1) / (1 + small), MathF.Log(1 + small) + Math.Max(0, -margin));
    }

    private static void StepIntercept(FactorizationTable table, float slope, in FactorizationRates rates)
    {
        float rate = rates.Rate;
        if (rates.Adaptive) rate /= MathF.Sqrt(table.InterceptSquares += slope * slope);
        table.Intercept -= rate * (slope + (rates.Intercept * table.Intercept));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Score<T>(in Rows rows, int* columns, float* x, int entries, float* sum) where T : struct, ISimd<T>
    {
        int d = rows.Dimensions, c = 0;
        T pairs = default;
        for (; c + T.Count <= d; c += T.Count)
        {
            T s = default, own = default;
            for (int k = 0; k < entries; k++)
            {
                T factor = T.Broadcast(x[k]), v = T.Load(rows.V + ((long)columns[k] * d) + c), scaled = v.Times(factor);
                s = s.Plus(factor, v);
                own = own.Plus(scaled, scaled);
            }
            s.Store(sum + c);
            pairs = pairs.Plus(s, s).Plus(own, T.Broadcast(-1));
        }
        float both = pairs.Sum(), linear = 0;
        for (; c < d; c++)
        {
            float s = 0, own = 0;
            for (int k = 0; k < entries; k++)
            {
                float scaled = x[k] * rows.V[((long)columns[k] * d) + c];
                s += scaled;
                own += scaled * scaled;
            }
            sum[c] = s;
            both += (s * s) - own;
        }
        for (int k = 0; k < entries; k++) linear += x[k] * rows.Sides[(long)columns[k] * FactorizationTable.Beside];
        return linear + (0.5f * both);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step<T>(in Rows rows, int* columns, float* x, int entries, float* sum, float slope, in FactorizationRates rates)
        where T : struct, ISimd<T>
    {
        int d = rows.Dimensions;
        for (int k = 0; k < entries; k++)
        {
            float* v = rows.V + ((long)columns[k] * d), side = rows.Sides + ((long)columns[k] * FactorizationTable.Beside);
            float along = slope * x[k], ofWeight = rates.Rate, ofRow = rates.Rate;
            if (rates.Adaptive)
            {
                ofWeight /= MathF.Sqrt(side[FactorizationTable.WeightSquares] += along * along);
                if (d > 0)
                    ofRow /= MathF.Sqrt(side[FactorizationTable.RowSquares] += along * along * SquaredDirection<T>(sum, x[k], v, d) / d);
            }
            ref float w = ref side[FactorizationTable.Weight];
            float frequency = side[FactorizationTable.Frequency];
            w -= (Math.Min(1, ofWeight * rates.Linear * frequency) * w) + (ofWeight * along);
            float keep = 1 - Math.Min(1, ofRow * rates.Factors * frequency) + (ofRow * along * x[k]);
            Move<T>(v, keep, -ofRow * along, sum, d);
        }
    }

    // v ← keep·v + along·sum
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Move<T>(float* v, float keep, float along, float* sum, int d) where T : struct, ISimd<T>
    {
        T kept = T.Broadcast(keep), factor = T.Broadcast(along);
        int c = 0;
        for (; c + T.Count <= d; c += T.Count) T.Load(v + c).Times(kept).Plus(factor, T.Load(sum + c)).Store(v + c);
        for (; c < d; c++) v[c] = (v[c] * keep) + (along * sum[c]);
    }

    // |S − x·v|²
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float SquaredDirection<T>(float* sum, float x, float* v, int d) where T : struct, ISimd<T>
    {
        T factor = T.Broadcast(x), squares = default;
        int c = 0;
        for (; c + T.Count <= d; c += T.Count)
        {
            T direction = T.Load(sum + c).Minus(factor, T.Load(v + c));
            squares = squares.Plus(direction, direction);
        }
        float total = squares.Sum();
        for (; c < d; c++) total += (sum[c] - (x * v[c])) * (sum[c] - (x * v[c]));
        return total;
    }

    private readonly struct Rows(float* v, float* sides, int dimensions)
    {
        public readonly float* V = v, Sides = sides;
        public readonly int Dimensions = dimensions;
    }
}
