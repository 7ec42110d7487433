/** Advice for transformers that are known and cannot be understood. */
export const STEP_ADVICE: Readonly<Record<string, string>> = {
  CountVectorizer: 'turn texts into columns before the pipeline',
  DictVectorizer: 'turn dictionaries into columns before the pipeline',
  FeatureHasher: 'turn texts into columns before the pipeline, or use a OneHotEncoder',
  HashingVectorizer: 'turn texts into columns before the pipeline',
  Imputer: 'save it with scikit-learn 0.20 or newer, with a SimpleImputer',
  IterativeImputer: 'use a SimpleImputer, or a forest that takes missing values',
  KNNImputer: 'use a SimpleImputer, or a forest that takes missing values',
  LabelBinarizer: 'it is for targets: use a OneHotEncoder',
  LabelEncoder: 'it is for targets: use an OrdinalEncoder',
  MultiLabelBinarizer: 'it is for targets: turn lists into columns before the pipeline',
  TfidfTransformer: 'turn texts into columns before the pipeline',
  TfidfVectorizer: 'turn texts into columns before the pipeline',
};

/** The same for whole libraries: said behind the steps that are understood. */
export const LIBRARY_ADVICE: Readonly<Record<string, string>> = {
  category_encoders: 'take the encoder of that kind from scikit-learn',
  feature_engine: 'take the transformer of that kind from scikit-learn',
};
