using System.Text;
using Kindred.Numerics;

namespace Kindred.Boosting;

/// <summary>LightGBM's own forest while it grows, one tree a step. The rows it learns from must outlive it.</summary>
internal sealed unsafe class Booster : IDisposable
{
    private Booster(nint handle) => Handle = handle;

    /// <exception cref="InputException">LightGBM does not take these rows or parameters.</exception>
    public Booster(BinnedRows train, BinnedRows? validation, string parameters)
    {
        LightGbm.CheckInput(LightGbm.BoosterCreate(train.Handle, parameters, out nint handle));
        Handle = handle;
        try
        {
            if (validation is not null) LightGbm.CheckInput(LightGbm.BoosterAddValidData(handle, validation.Handle));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public nint Handle { get; private set; }

    /// <param name="text">As <see cref="Text"/> gives it.</param>
    public static Booster Parse(string text)
    {
        LightGbm.Require();
        LightGbm.CheckInput(LightGbm.BoosterLoadModelFromString(text, out _, out nint handle));
        return new(handle);
    }

    /// <returns>False: no split of any leaf helps any more.</returns>
    public bool Grow()
    {
        LightGbm.Check(LightGbm.BoosterUpdateOneIter(Handle, out int finished));
        return finished == 0;
    }

    /// <summary>Scores of the validation rows by the trees so far; probabilities where the objective has them.</summary>
    /// <param name="scores">[validation rows], overwritten.</param>
    public void ScoreValidation(Span<double> scores)
    {
        fixed (double* start = scores) LightGbm.Check(LightGbm.BoosterGetPredict(Handle, part: 1, out _, start));
    }

    /// <returns>The metrics of the parameters on the validation rows, as LightGBM itself computes them.</returns>
    public double[] EvaluateValidation()
    {
        LightGbm.Check(LightGbm.BoosterGetEvalCounts(Handle, out int count));
        var values = new double[count];
        fixed (double* start = values) LightGbm.Check(LightGbm.BoosterGetEval(Handle, part: 1, out _, start));
        return values;
    }

    /// <returns>The model of the first trees; −1: of all.</returns>
    public string Text(int trees = -1)
    {
        LightGbm.Check(LightGbm.BoosterSaveModelToString(Handle, 0, trees, 0, 0, out long length, null));
        var text = new byte[length];
        fixed (byte* start = text) LightGbm.Check(LightGbm.BoosterSaveModelToString(Handle, 0, trees, 0, length, out length, start));
        return Encoding.UTF8.GetString(text.AsSpan(0, (int)length - 1)); // it ends with a zero
    }

    /// <summary>LightGBM's answer to what <c>Forest</c> computes, on one thread.</summary>
    /// <param name="kind"><see cref="LightGbm.RawScore"/>, a value a row, or <see cref="LightGbm.Contributions"/>, features + 1 values a
    /// row.</param>
    public void Predict(Matrix rows, int kind, Span<double> values)
    {
        fixed (float* data = rows.Values.Span)
        fixed (double* start = values)
        {
            LightGbm.Check(LightGbm.BoosterPredictForMat(
                Handle, data, LightGbm.Float32, rows.Rows, rows.Columns, isRowMajor: 1, kind, 0, -1, "num_threads=1", out _, start));
        }
    }

    public void Dispose()
    {
        if (Handle != 0) _ = LightGbm.BoosterFree(Handle);
        Handle = 0;
    }
}
