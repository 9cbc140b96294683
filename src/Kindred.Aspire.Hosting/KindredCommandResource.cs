namespace Aspire.Hosting.ApplicationModel;

/// <summary>The living server as the command <c>kindred</c> runs it, on the machine of the app host.</summary>
/// <param name="name">Of the resource.</param>
/// <param name="command">The command, or its path.</param>
/// <param name="workingDirectory">Where it runs.</param>
/// <param name="adminKey">The key of the scope admin.</param>
public sealed class KindredCommandResource(string name, string command, string workingDirectory, ParameterResource adminKey)
    : ExecutableResource(name, command, workingDirectory), IKindredResource
{
    public EndpointReference Http => field ??= new(this, KindredConnection.Endpoint);

    public ParameterResource AdminKey => adminKey;

    /// <summary><c>Endpoint=http://host:port;Key=…</c></summary>
    public ReferenceExpression ConnectionStringExpression => KindredConnection.StringOf(this);
}
