namespace Kindred.Boosting;

/// <summary>Rows as LightGBM keeps them: the bin of each value, labels, groups and weights.</summary>
internal sealed unsafe class BinnedRows : IDisposable
{
    /// <param name="reference">Whose bins are used; null: bins of its own.</param>
    /// <exception cref="InputException">LightGBM does not take these rows or parameters.</exception>
    public BinnedRows(RankingData data, string parameters, BinnedRows? reference = null)
    {
        LightGbm.Require();
        fixed (float* values = data.Features.Values.Span)
        {
            LightGbm.CheckInput(LightGbm.DatasetCreateFromMat(
                values, LightGbm.Float32, data.Features.Rows, data.Features.Columns, isRowMajor: 1, parameters, reference?.Handle ?? 0,
                out nint handle));
            Handle = handle;
        }
        try
        {
            SetField<float>("label", data.Labels.Span, LightGbm.Float32);
            SetField<int>("group", data.GroupSizes.Span, LightGbm.Int32);
            if (!data.Weights.IsEmpty) SetField<float>("weight", data.Weights.Span, LightGbm.Float32);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public nint Handle { get; private set; }

    public void Dispose()
    {
        if (Handle != 0) _ = LightGbm.DatasetFree(Handle);
        Handle = 0;
    }

    private void SetField<T>(string name, ReadOnlySpan<T> values, int type) where T : unmanaged
    {
        fixed (T* start = values) LightGbm.CheckInput(LightGbm.DatasetSetField(Handle, name, start, values.Length, type));
    }
}
